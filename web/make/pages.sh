#!/bin/sh
# Builds the pages and packs them:  pages.sh PACK FOLDER
# When they cannot be built (no Node.js, packages that could not be fetched) the pack is empty and this says so: the
# program then serves everything but its pages. scripts/test does not let that pass where the packages are there.
pack=$1
folder=$2
here=$(dirname "$0")
if [ ! -e "$here/../node_modules/.package-lock.json" ]; then
  why='their packages are not there (scripts/setup fetches them)'
elif log=$(node "$here/pages.mjs" "$pack" "$folder" 2>&1); then
  exit 0
else
  why=$log
fi
echo "the pages were NOT built, the program will have no shop and no console: $why" >&2
: >"$pack"
