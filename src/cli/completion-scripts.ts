const BASH = `# bash completion of pj: source <(pj completion bash)
_pj() {
  local cur=\${COMP_WORDS[COMP_CWORD]} line
  [[ $cur == = ]] && cur=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur") ;;
      :dirs) compopt -o filenames; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur") ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  return 0
}
complete -F _pj pj
`;

const ZSH = `#compdef pj
# zsh completion of pj: pj completion zsh > _pj, in a folder of $fpath
_pj() {
  local line value
  local -a values
  for line in "\${(@f)$(\${words[1]} __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) compset -P '*='; _files ;;
      :dirs) compset -P '*='; _files -/ ;;
      *)
        value=\${line%%$'\\t'*}
        if [[ $line == *$'\\t'* ]]; then values+=("\${value//:/\\\\:}:\${line#*$'\\t'}"); else values+=("\${value//:/\\\\:}"); fi ;;
    esac
  done
  (( \${#values} )) && _describe -V pj values
}
if [[ \${funcstack[1]} == _pj ]]; then _pj "$@"; else compdef _pj pj; fi
`;

const FISH = `# fish completion of pj: pj completion fish | source
function __pj_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  for line in (command $before[1] __complete -- $before[2..-1] "$current" 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path "$current"
      case ':dirs'
        __fish_complete_directories "$current"
      case '*'
        echo $line
    end
  end
end
complete -c pj -f -a '(__pj_complete)'
`;

/** The completion script of each shell. All of them only ask `pj __complete`. */
export const COMPLETION_SCRIPTS: Record<string, string> = { bash: BASH, zsh: ZSH, fish: FISH };
