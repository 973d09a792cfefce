#!/bin/sh
case $1 in
  deconfig) ip link set $interface up;;
  bound | renew)
    ip addr flush dev $interface
    ip addr add $ip/${mask:-24} dev $interface
    for gateway in $router; do ip route add default via $gateway dev $interface 2>/dev/null; done
    for server in $dns; do echo nameserver $server; done > /etc/resolv.conf
    [ $1 = bound ] && echo "PJ-IP $interface $ip" > /dev/console
    ;;
esac
