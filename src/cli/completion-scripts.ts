/**
 * Each script hands the words up to the cursor to `tokstat __complete -- …` and shows what comes back: one candidate
 * a line, a tab, what it is. So all shells offer the same, live account names included.
 */
const BASH = String.raw`# bash completion for tokstat
_tokstat() {
  local line="${'$'}{COMP_LINE:0:COMP_POINT}" value current prefix replaced mark marks=""
  local -a words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="${'$'}{words[${'$'}{#words[@]} - 1]}"
  # bash replaces what stands behind the last of these; @, which bash-completion takes away, belongs to what it replaces.
  for mark in : =; do
    [[ "$COMP_WORDBREAKS" == *"$mark"* ]] && marks+="$mark"
  done
  replaced="$current"
  [[ -n "$marks" ]] && replaced="${'$'}{replaced##*[$marks]}"
  [[ "$COMP_WORDBREAKS" == *@* && "$replaced" == *@* ]] && replaced="@${'$'}{replaced##*@}"
  prefix="${'$'}{current%"$replaced"}"
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    printf -v value '%q' "$value"
    COMPREPLY+=("${'$'}{value#"$prefix"}")
  done < <(tokstat __complete -- "${'$'}{words[@]:1}" 2>/dev/null)
}
complete -F _tokstat tokstat
`

const ZSH = String.raw`#compdef tokstat
_tokstat() {
  local line
  local -a candidates
  while IFS= read -r line; do
    candidates+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}:${'$'}{line#*$'\t'}")
  done < <(tokstat __complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'tokstat' candidates
}
if [[ "${'$'}{funcstack[1]}" == _tokstat ]]; then
  _tokstat "$@"
else
  compdef _tokstat tokstat
fi
`

const FISH = `# fish completion for tokstat
function __tokstat_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l token (commandline -ct)
    tokstat __complete -- $words "$token" 2>/dev/null
end
complete -c tokstat -f -a "(__tokstat_complete)"
`

const POWERSHELL = `# PowerShell completion for tokstat
Register-ArgumentCompleter -Native -CommandName tokstat -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  # Some versions drop an empty argument on the way to a program; two quotes stand for it.
  if ($wordToComplete -eq '') { $words += '""' }
  tokstat __complete -- @words 2>$null | ForEach-Object {
    $value, $description = $_ -split "${'`'}t", 2
    if (-not $description) { $description = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
  }
}
`

const ELVISH = String.raw`# elvish completion for tokstat
use str
set edit:completion:arg-completer[tokstat] = {|@words|
  tokstat __complete -- (all $words[1..]) 2>/dev/null | from-lines | each {|line|
    var value description = (str:split &max=2 "\t" $line)
    edit:complex-candidate $value &display=$value'  '$description
  }
}
`

export const COMPLETION_SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL, elvish: ELVISH } as const

export type Shell = keyof typeof COMPLETION_SCRIPTS

/** What to do with the script, one line a shell. */
export const INSTALL_HINTS: Readonly<Record<Shell, string>> = {
  bash: 'To have it always, add to ~/.bashrc:  eval "$(tokstat completion bash)"',
  zsh: 'To have it always, add to ~/.zshrc after compinit:  source <(tokstat completion zsh)',
  fish: 'To have it always:  tokstat completion fish > ~/.config/fish/completions/tokstat.fish',
  powershell: 'To have it always, add to $PROFILE:  tokstat completion powershell | Out-String | Invoke-Expression',
  elvish: 'To have it always, add to rc.elv:  eval (tokstat completion elvish | slurp)',
}
