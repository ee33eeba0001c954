"""Completion for shells: scripts that ask `obstore completion` what could come next."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence

import obstore
from obstore.cli.output import Output
from obstore.cli.parser import Command, commands
from obstore.cli.places import place_of
from obstore.exceptions import BaseError

_SCRIPTS = {
    "bash": """\
_obstore() {
    local IFS=$'\\n'
    COMPREPLY=($(obstore completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [[ ${COMPREPLY[0]} == */ ]] && compopt -o nospace
    __ltrimcolons() { local prefix=${1%"${1##*:}"}; COMPREPLY=("${COMPREPLY[@]#"$prefix"}"); }
    [[ $COMP_WORDBREAKS == *:* ]] && __ltrimcolons "${COMP_WORDS[COMP_CWORD]}"
}
complete -o default -F _obstore obstore
""",
    "zsh": """\
#compdef obstore
_obstore() {
    local -a found
    found=(${(f)"$(obstore completion words -- "${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)"})
    compadd -Q -S '' -- $found || _files
}
compdef _obstore obstore
""",
    "fish": """\
complete -c obstore -f -a '(obstore completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
""",
}

_MOST = 200
"""Candidates from a listing: more than fit a screen help nobody."""


def _add_completion(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=[*_SCRIPTS, "words"], help="words: what the scripts call")
    parser.add_argument("words", nargs="*", help="the words typed so far")


def _completion(options: Namespace, output: Output) -> int:
    if options.shell != "words":
        output.show(_SCRIPTS[options.shell], shell=options.shell, script=_SCRIPTS[options.shell])
        return 0
    for candidate in candidates(options.words):
        output.show(candidate, candidate=candidate)
    return 0


def candidates(words: Sequence[str]) -> Iterator[str]:
    """Yield what the last of the words typed so far could become."""
    *before, last = words or [""]
    if not before:
        yield from (command.name for command in commands() if command.name.startswith(last))
    elif last.startswith("-"):
        yield from _options_of(before[0], last)
    elif "://" in last:
        yield from _places(last)


def _options_of(name: str, start: str) -> Iterator[str]:
    parser = ArgumentParser(add_help=False)
    for command in commands():
        if command.name == name:
            command.add_arguments(parser)
    yield from (option for option in parser._option_string_actions if option.startswith(start))


def _places(text: str) -> Iterator[str]:
    """List the directory that is being typed, as far as the store lets us."""
    directory, _, start = text.rpartition("/")
    if directory.endswith((":", "/")):
        return  # The bucket itself is being typed.
    try:
        place = place_of(f"{directory}/", is_directory=True)
        level = obstore.list_with_delimiter(place.store, place.path)
    except (BaseError, ValueError):
        return
    names = [f"{path}/" for path in level["common_prefixes"]] + [meta["path"] for meta in level["objects"]]
    cut = len(place.path) + 1 if place.path else 0
    found = (f"{directory}/{name[cut:]}" for name in names if name[cut:].startswith(start))
    yield from (name for _, name in zip(range(_MOST), found, strict=False))


COMMANDS = [
    Command(
        "completion",
        "write the completion script of a shell",
        _add_completion,
        _completion,
        "  obstore completion bash > ~/.local/share/bash-completion/completions/obstore\n"
        "  obstore completion zsh > ~/.zfunc/_obstore\n"
        "  obstore completion fish > ~/.config/fish/completions/obstore.fish",
    )
]
