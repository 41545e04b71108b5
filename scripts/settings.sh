# Sourced: setting NAME DEFAULT prints a setting as the program itself sees it: environment, then .env, then the default.
setting() {
    local value=${!1:-}
    [ -n "$value" ] || value=$(sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$1=[\"']?([^\"'#]*[^\"'# ])[\"']?.*/\2/p" .env 2>/dev/null | tail -1)
    echo "${value:-$2}"
}
