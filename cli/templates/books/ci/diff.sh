# What a pull request changes: into the job's summary, and as the body of a comment into a file.
# GitHub shows no more than so much of either; only whole lines are kept.
SUMMARY_BYTES_MAX=900000
COMMENT_BYTES_MAX=60000
up_to() {
  LC_ALL=C awk -v most="$1" \
    '{ size += length($0) + 1; if (size > most) { print "…"; exit } print }' "$2"
}

if ! [[ "$BASE_SHA" =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ ]]; then
  echo "arledger: BASE_SHA is not a commit; this runs on pull_request only" >&2
  exit 2
fi
if ! git cat-file -e "$BASE_SHA^{commit}" 2>/dev/null; then
  git fetch --quiet --no-tags --depth=1 origin "$BASE_SHA"
fi

whole="$RUNNER_TEMP/arledger-diff.md"
comment="$RUNNER_TEMP/arledger-comment.md"
rm -f "$whole"
if git cat-file -e "$BASE_SHA:./$LEDGER" 2>/dev/null; then
  # An incomplete ledger ends with 2 and has an answer all the same: the check complains of it.
  arledger diff --format markdown --output "$whole" -- "$LEDGER" "$BASE_SHA" || [ -s "$whole" ]
else
  printf '%s\n' "arledger: this ledger is new, there is nothing to compare it with." >"$whole"
fi
up_to "$SUMMARY_BYTES_MAX" "$whole" >>"$GITHUB_STEP_SUMMARY"
up_to "$COMMENT_BYTES_MAX" "$whole" >"$comment"
printf 'comment-file=%s\n' "$comment" >>"$GITHUB_OUTPUT"
