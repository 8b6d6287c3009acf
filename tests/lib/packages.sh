# shellcheck shell=bash
# Sourced. Installs what is missing of the sections of packaging/debian-packages, in one call.

# packages_of FILE SECTION…: the names, one a line.
packages_of() {
  local file=$1 section
  shift
  for section in "$@"; do
    sed -n "/^\[$section\]\$/,/^\[/p" "$file" | grep -E '^[a-z0-9]'
  done
}

# install_packages FILE SECTION…: as root or with sudo; nothing is called when nothing is missing.
install_packages() {
  local -a missing=() as_root=()
  local name
  while read -r name; do
    dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed ||
      missing+=("$name")
  done < <(packages_of "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "packages are missing: install as root: ${missing[*]}" >&2
      return 1
    }
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}"
  "${as_root[@]}" apt-get -qq update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
      --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}
