#!/bin/sh
sed "s/APP_PORT/$APP_PORT/; s/PORT/$PORT/" /front/nginx.conf > /tmp/nginx.conf
exec /usr/sbin/nginx -e stderr -c /tmp/nginx.conf -g 'daemon off;'
