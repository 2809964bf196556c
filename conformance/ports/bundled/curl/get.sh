# get.sh TO ENDPOINT REPO_ID FILENAME PREFIX [REVISION]: one call of curl, with the address as a script would write it.
# The port file cannot put `datasets/` inside a word, so the address is put together here; nothing else is done.
url="$2$5$3/resolve/${6:-main}/$4"
if [ -n "$HF_TOKEN" ]; then
  # By standard input, since everybody on the machine can read a command line.
  printf 'header = "Authorization: Bearer %s"\n' "$HF_TOKEN" | exec curl -q -K - -sSL --fail --create-dirs -o "$1" "$url"
else
  exec curl -q -sSL --fail --create-dirs -o "$1" "$url"
fi
