#!/bin/sh
# cloud-init runs this at the first boot.
command -v redis-server >/dev/null || { apt-get update && apt-get install -y redis-server qemu-guest-agent; }
mkdir -p /var/lib/redis
exec redis-server --bind 0.0.0.0 --protected-mode no --daemonize yes --dir /var/lib/redis --appendonly yes
