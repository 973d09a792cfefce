#!/bin/sh
# nginx wants the name server by its address; engines tell it in resolv.conf.
sed "s/RESOLVER/$(awk '/^nameserver/ { print $2; exit }' /etc/resolv.conf)/" /front/nginx.conf > /tmp/nginx.conf
exec /usr/sbin/nginx -e stderr -c /tmp/nginx.conf -g 'daemon off;'
