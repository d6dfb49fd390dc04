#!/bin/sh
# Prepare one node of a `ray up` cluster: setup.sh serve|train|head. May be run again at any time.
#
# serve: what a replica needs (no Torch). train: the same and what training needs. head: `serve`,
# then the TLS proxy; ../DEPLOY.md says why the head needs no Torch.
set -eu
app="${LEAFRAY_APP_DIR:-/app}"
site="${LEAFRAY_SITE_ENV:-/etc/leafray/site.env}"

install_debian() {
    missing=
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    [ -z "$missing" ] && return
    # A machine that was just switched on may be updating itself.
    lock="-o DPkg::Lock::Timeout=300"
    # shellcheck disable=SC2086 # lists of words
    sudo apt-get $lock update -qq
    # shellcheck disable=SC2086
    sudo DEBIAN_FRONTEND=noninteractive apt-get $lock install -y -qq --no-install-recommends $missing
}

install_python() {
    locked="$app/requirements/$1.txt"
    stamp="$app/.venv/.locked-$1"
    new="$(sha256sum "$app/requirements/uv.txt" "$locked")"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$new" ]; then
        return
    fi
    [ -x "$app/.venv/bin/python" ] || python3.11 -m venv "$app/.venv"
    "$app/.venv/bin/python" -m pip install -q --require-hashes -r "$app/requirements/uv.txt"
    "$app/.venv/bin/uv" pip install -q --require-hashes --compile-bytecode \
        --python "$app/.venv/bin/python" -r "$locked"
    printf '%s' "$new" >"$stamp"
}

case "${1:-}" in
serve)
    install_debian python3.11 python3.11-venv
    install_python serve
    # `ray down` and `ray exec` look for it on the path.
    sudo ln -sf "$app/.venv/bin/ray" /usr/local/bin/ray
    ;;
train)
    # shellcheck source=/dev/null
    . "$site"
    # Of the small build of Torch there is no lock without the tools of a developer's machine.
    [ "${LEAFRAY_TORCH:-cuda}" = cpu ] && lock=cpu || lock=train
    install_python "$lock"
    ;;
head)
    install_debian caddy
    sudo install -m 644 "$app/cluster/tls/Caddyfile" /etc/caddy/Caddyfile
    sudo install -d -m 755 /etc/systemd/system/caddy.service.d
    printf '[Service]\nEnvironmentFile=/etc/leafray/site.env\n' |
        sudo tee /etc/systemd/system/caddy.service.d/leafray.conf >/dev/null
    sudo systemctl daemon-reload
    sudo systemctl restart caddy
    ;;
*)
    echo "setup.sh: say serve, train or head" >&2
    exit 2
    ;;
esac
