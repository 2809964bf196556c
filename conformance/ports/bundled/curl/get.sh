# get.sh TO ENDPOINT REPO_ID FILENAME PREFIX [REVISION]: one call of curl, with the address as a script would write it.
# The port file cannot put `datasets/` inside a word, so the address is put together here; nothing else is done.

# Every byte that may not stand in an address becomes %XX; a slash only where the second argument does not name it.
encoded() {
  printf '%s' "$1" | od -An -v -tu1 | awk -v keep="$2" '
    BEGIN { for (i = 33; i < 127; i++) { c = sprintf("%c", i); if (c ~ /[A-Za-z0-9._~-]/ || index(keep, c)) plain[i] = c } }
    { for (i = 1; i <= NF; i++) printf "%s", ($i in plain) ? plain[$i] : sprintf("%%%02X", $i) }'
}

url="$2$5$(encoded "$3" /)/resolve/$(encoded "${6:-main}")/$(encoded "$4" /)"
# -g: brackets and braces are text; --path-as-is: dots are no way up.
set -- -q -g --path-as-is -sSL --fail --create-dirs -o "$1" "$url"
if [ -n "$HF_TOKEN" ]; then
  # By standard input, since everybody on the machine can read a command line.
  printf 'header = "Authorization: Bearer %s"\n' "$HF_TOKEN" | exec curl -K - "$@"
else
  exec curl "$@"
fi
