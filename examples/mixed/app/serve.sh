#!/bin/sh
# httpd serves; the shell waits for the stop signal and then drains.
httpd -p 8080 -h /app/www
trap 'sleep 3; exit 0' TERM
while :; do sleep 1 & wait $!; done
