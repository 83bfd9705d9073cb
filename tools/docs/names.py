"""Extension of griffe, which reads the sources for the API reference.

Classes made by ``tlsjax.parameters`` are dataclasses, and `name` in a docstring is a link wherever
it is a public name.
"""

import re

import griffe

# A line of a NumPy docstring's list, "name : type", where sentences stand for the type.
_ENTRY = re.compile(r"^(\w+(?:, \w+)*) : (.*)$", re.MULTILINE)
_ROLE = re.compile(r"(?<![`\w\[])`(?:tlsjax\.)?(\w+)((?:\.\w+)*)`(?!`)")
_MAKERS = ("parameters", "solution")


class PublicNames(griffe.Extension):
    def on_class_instance(self, *, cls, **_):
        makers = {str(decorator.value).partition("(")[0] for decorator in cls.decorators}
        if makers.intersection(_MAKERS):
            # Griffe makes the signature of what it knows as a dataclass.
            known = griffe.ExprName("dataclasses.dataclass")
            cls.decorators.append(griffe.Decorator(known, lineno=None, endlineno=None))

    def on_package(self, *, pkg, **_):
        public = {str(name).strip("'\"") for name in pkg.exports or ()}
        self._visit(pkg, public)

    def _visit(self, item, public):
        if item.is_alias:
            return
        if item.docstring:
            text = _ENTRY.sub(_as_description, item.docstring.value)
            item.docstring.value = _ROLE.sub(lambda match: _link(match, public), text)
        for member in list(item.members.values()):
            self._visit(member, public)


def _link(match, public):
    name, rest = match[1], match[2]
    if name not in public:
        return match[0]
    return f"[`{name}{rest}`][tlsjax.{name}]"


def _as_description(match):
    """Types stay; a text is what the next, indented lines go on with."""
    names, said = match.groups()
    is_type = "`" not in said and ";" not in said and len(said.split()) < 5
    return match[0] if is_type else f"{names}\n    {said}"
