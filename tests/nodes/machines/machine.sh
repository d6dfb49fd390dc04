#!/bin/bash
# One machine: namespaces of its own, a Debian of its own above the shared one, systemd as its
# first process.
# machine.sh wire|plug|boot MACHINE DEBIAN_DIR PREFIX LAN_PID
set -euo pipefail
step=$1 machine=$2 debian=$3 prefix=$4 lan=$5
name=$(basename "$machine")
disk=$machine/../../disks/$name

go_on() {
    # Each step goes on inside what it has made: unshare's options, then the next step.
    exec unshare "${@:2}" bash "$0" "$1" "$machine" "$debian" "$prefix" "$lan"
}

case "$step" in
wire)
    # A tree of control groups of its own: systemd rules the one that it starts in.
    cgroup=$(cat "$machine/cgroup")
    mkdir "$cgroup"
    echo $$ >"$cgroup/cgroup.procs"
    go_on plug --net
    ;;
plug)
    ip link add eth0 type veth peer name "$name" netns "$lan"
    nsenter --target="$lan" --net ip link set "$name" master lan up
    ip link set lo up
    ip address add "$(cat "$machine/address")/24" dev eth0
    ip link set eth0 up
    ip route add default via "$prefix.2"
    go_on boot --mount --pid --uts --ipc --cgroup --fork --kill-child
    ;;
boot)
    mkdir -p "$disk/root" "$disk/work"
    cp -a "$machine/upper" "$disk/upper"
    cd "$disk"
    mount -t overlay overlay -o "lowerdir=$debian,upperdir=upper,workdir=work" root
    cd root
    mount -t proc proc proc
    # systemd must not change settings of the kernel that all share.
    mount --bind proc/sys proc/sys
    mount -o remount,bind,ro proc/sys
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=755 tmpfs dev
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    mknod -m 666 dev/null c 1 3
    mknod -m 666 dev/zero c 1 5
    mknod -m 666 dev/full c 1 7
    mknod -m 666 dev/random c 1 8
    mknod -m 666 dev/urandom c 1 9
    mknod -m 666 dev/tty c 5 0
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    while read -r source target mode; do
        mkdir -p ".$target"
        mount --bind "$source" ".$target"
        mount -o "remount,bind,$mode" ".$target"
    done <"$machine/mounts"
    pivot_root . mnt
    umount -l /mnt
    exec setpriv --bounding-set=-sys_module,-sys_time,-sys_boot,-sys_rawio,-syslog \
        env -i container=leafray PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
    ;;
esac
