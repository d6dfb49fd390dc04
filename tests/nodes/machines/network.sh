#!/bin/bash
# A network of machines on this one: network.sh FOLDER DEBIAN_DIR PREFIX
#
# FOLDER/machines/NAME is prepared by site.py. Runs as the first process of a PID namespace, so
# that everything here ends with it, whatever ends it. PREFIX.1 is the administrator's own
# computer, PREFIX.2 the way out: slirp4netns, which changes nothing outside the namespace.
set -euo pipefail
folder=$1 debian=$2 prefix=$3

unshare --net sleep infinity &
lan=$!
until [ "$(readlink "/proc/$lan/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
slirp4netns --cidr="$prefix.0/24" --disable-host-loopback "$lan" tap0 >"$folder/slirp.log" 2>&1 &

inside() {
    nsenter --target="$lan" --net "$@"
}
until inside ip link show tap0 >/dev/null 2>&1; do sleep 0.05; done
inside ip link set lo up
inside ip link add lan type bridge
inside ip address add "$prefix.1/24" dev lan
inside ip link set tap0 master lan up
inside ip link set lan up

# What the machines write lies in one file: to take away 8 GB of small files takes a minute.
truncate --size=32G "$folder/disk"
mkfs.ext4 -q -O ^has_journal -E nodiscard,lazy_itable_init=1 "$folder/disk"
mkdir "$folder/disks"
mount -o loop "$folder/disk" "$folder/disks"

for machine in "$folder"/machines/*; do
    bash "$(dirname "$0")/machine.sh" wire "$machine" "$debian" "$prefix" "$lan" \
        >"$machine/boot.log" 2>&1 &
done
wait
