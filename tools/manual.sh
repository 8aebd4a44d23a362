#!/bin/sh
# Writes manual pages of a program and its subcommands, made from their help: manual.sh PROGRAM FOLDER
set -eu
[ $# = 2 ] || { sed -n 2p "$0"; exit 64; }
program=$1
folder=$2
name=$(basename "$program")
version=$("$program" --version)

# The page of the command that the other arguments name, then those of its subcommands.
page() {
  title=$(echo "$name $*" | sed 's/ *$//; s/ /-/g')
  help=$("$program" "$@" --help)
  printf '%s\n' "$help" | awk -v title="$title" -v version="$version" '
    # Text as it stands: backslashes and what begins a request mean nothing.
    function plain(text) { gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); return text ~ /^[.\x27]/ ? "\\&" text : text }
    BEGIN { printf ".TH \"%s\" 1 \"\" \"%s\" \"\"\n.SH NAME\n", toupper(title), version }
    /^OVERVIEW: / { sub(/^OVERVIEW: /, ""); line = $0; inName = 1; next }
    inName && NF { line = line " " $0; next }
    inName { print plain(title) " \\- " plain(line); inName = 0; isNew = 1; next }
    /^USAGE: / { sub(/^USAGE: /, ""); print ".fi\n.SH SYNOPSIS\n" plain($0); inUsage = 1; next }
    inUsage && !NF { inUsage = 0; next }
    /^[A-Z][A-Z ]*:?$/ { isNew = 0; sub(/:$/, ""); print ".fi\n.SH " $0 "\n.nf"; next }
    isNew && NF { print ".SH DESCRIPTION\n.nf" }
    NF { isNew = 0 }
    { print plain($0) }' >"$folder/$title.1"
  for command in $(printf '%s\n' "$help" | awk '/^SUBCOMMANDS:/ { on = 1; next } on && /^  [a-z][a-z-]*( |$)/ { print $1 }'); do
    page "$@" "$command"
  done
}
page
