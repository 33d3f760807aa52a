#!/bin/sh
# Installs Debian packages as root without leaving a service running: install-packages.sh PACKAGE...
set -eu
export DEBIAN_FRONTEND=noninteractive

# A run that was killed leaves its apt behind; wait for it instead of failing on dpkg's lock.
mkdir -p /run/lock
exec 9>/run/lock/streamflix-packages
flock 9

policy=/usr/sbin/policy-rc.d
mark='# Written by "npm run stack -- up" for the time of one installation.'
if [ -e "$policy" ] && grep -qF "$mark" "$policy"; then rm -f "$policy"; fi
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
  chmod 755 "$policy"
fi

# One broken third-party source must not stop us: the installation itself says whether anything is missing.
apt-get -o DPkg::Lock::Timeout=300 update || echo 'apt-get update reported faults; going on' >&2
apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"

# The stack starts its own servers; the packages' services would come up at the next boot.
if [ -d /run/systemd/system ]; then
  for package in "$@"; do
    case $package in redis-server | postgresql) systemctl disable --now "$package" || true ;; esac
  done
fi
