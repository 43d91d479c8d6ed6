"""React and ESLint: rewritten code is accepted by the new release's types, and does what the old did on the old one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.compiled import rewritten
from tests.rules_real.test_npm_packs import installed, printed

pytestmark = [pytest.mark.online, pytest.mark.tools]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("releases")


TYPES = """
import * as React from 'react';
import { useRef, LegacyRef, ReactText } from 'react';
let a: React.ReactChild = 'a', b: ReactText[] = [1], c: React.ReactFragment = [<b />], d: React.ReactNodeArray = [1];
const ref = useRef<number>();
const list: LegacyRef<HTMLElement> = null;
const Size = React.createContext<ReactText>(1);
let node: HTMLElement | null;
function A(props: JSX.IntrinsicElements['div']): JSX.Element {
  return <Size.Provider value={2}><div {...props} ref={(it) => (node = it)}>{ref.current}</div></Size.Provider>;
}
export { A, a, b, c, d, list };
"""
OPTIONS = (
    "--noEmit",
    "--strict",
    "--jsx",
    "react",
    "--lib",
    "es2022,dom",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
)


def test_types_of_react(shelf: Path) -> None:
    old = installed(shelf, "types18", "@types/react@18.3.12", "typescript@5.6.3")
    new = installed(shelf, "types19", "@types/react@19.1.0", "typescript@5.6.3")
    command = ("node", "node_modules/typescript/bin/tsc", *OPTIONS)
    after = rewritten(["npm/react/18-to-19"], TYPES, "probe.tsx")
    assert printed(old, "probe.tsx", TYPES, *command) == ""
    assert "FAILED" in printed(new, "probe.tsx", TYPES, *command)
    assert printed(new, "probe.tsx", after, *command) == ""


RULE = """
const { Linter } = require('eslint');
const rule = {
  create(context) {
    return {
      Identifier(node) {
        const said = [context.getSource(node), context.getTokenAfter(node).value, context.getScope().type];
        context.report({ node, message: JSON.stringify([...said, context.getSourceLines().length]) });
      },
    };
  },
};
const linter = new Linter({ configType: 'flat' });
const config = [{ plugins: { a: { rules: { b: rule } } }, rules: { 'a/b': 2 } }];
console.log(linter.verify('f(x);\\ny = 1;', config).map((one) => one.message));
"""


def test_the_context_of_eslint(shelf: Path) -> None:
    old = installed(shelf, "eslint8", "eslint@8.57.1")
    new = installed(shelf, "eslint10", "eslint@10")
    before = printed(old, "probe.js", RULE, "node")
    after = rewritten(["npm/eslint/8-to-9"], RULE, "probe.js")
    assert before.count("module") == 3
    assert "FAILED" in printed(new, "probe.js", RULE, "node")
    assert printed(new, "probe.js", after, "node") == before
