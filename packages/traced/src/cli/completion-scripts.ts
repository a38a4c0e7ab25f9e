/**
 * The shells' sides of the completion. Names come from strangers, so each shell quotes what it puts on the line, and
 * none expands it.
 */

const bash = `# bash completion for traced
_traced() {
  local word=\${COMP_WORDS[COMP_CWORD]} typed head value
  COMPREPLY=()
  {
    IFS= read -r typed || return
    # bash completes only what is after a colon.
    head=
    [[ $COMP_WORDBREAKS == *:* ]] && head=\${typed%"\${typed##*:}"}
    while IFS=$'\\t' read -r value _; do
      value=\${value#"$head"}
      if [[ $value != *[^A-Za-z0-9._/:@,+-]* ]]; then
        COMPREPLY+=("$value")
      elif [[ $word != [\\"\\']* ]]; then
        COMPREPLY+=("$(printf %q "$value")")
      elif [[ $value != *[^A-Za-z0-9\\ ._/:@,{}-]* ]]; then
        # Within quotes that were opened by hand.
        COMPREPLY+=("$value")
      fi
    done
  } < <(traced complete-line -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o default -F _traced traced
`;

const zsh = `#compdef traced
_traced() {
  local line
  local -a lines values shown
  lines=("\${(@f)$(traced complete-line -- "\${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)lines[2,-1]}"; do
    values+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  }")
  done
  (( $#values )) || { _files; return }
  [[ $words[CURRENT] == --*=* ]] && compset -P '*='
  compadd -l -d shown -a values
}
if [[ $funcstack[1] == _traced ]]; then _traced "$@"; else compdef _traced traced; fi
`;

const fish = `# fish completion for traced
function __traced_complete
    set -l token (commandline -ct)
    set -l lines (traced complete-line -- (commandline -cp | string collect) 2>/dev/null)
    if not set -q lines[2]
        __fish_complete_path $token
        return
    end
    set -l option (string match -r -- '^--[^=]+=' $token)
    for line in $lines[2..]
        printf '%s%s\\n' "$option" $line
    end
end
complete -c traced -f -a '(__traced_complete)'
`;

export const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };
