"""The JavaScript packs over many shapes of code: pack, file, what it holds, what becomes of it."""

from __future__ import annotations

import textwrap
from functools import cache

import pytest

from upgrader.rulebook.load import bundled_folder, decode_pack
from upgrader.rulebook.ready import Ready, make_ready
from upgrader.rulebook.run import rewrite_store
from upgrader.rulebook.store import MemoryStore


@cache
def pack(name: str) -> Ready:
    path = f"npm/{name}.yml"
    return make_ready(decode_pack((bundled_folder() / path).read_bytes(), f"rules/{path}", "bundled"))


def rewritten(name: str, file: str, before: str, *, unsafe: bool = True) -> str:
    data = textwrap.dedent(before).encode()
    done = rewrite_store(MemoryStore({file: data}), [pack(name)], unsafe=unsafe, diffs=False)
    return done.after.get(file, data).decode()


STAY = {
    "a root whose value is taken": (
        "react/17-to-18",
        "a.jsx",
        "import ReactDOM from 'react-dom'\nconst app = ReactDOM.render(<App/>, el)\n",
    ),
    "a container that is rendered twice": (
        "react/18-to-19",
        "a.jsx",
        "import { render } from 'react-dom'\nrender(<A/>, el)\nrender(<B/>, el)\n",
    ),
    "a container that is unmounted": (
        "react/18-to-19",
        "a.jsx",
        "import ReactDOM from 'react-dom'\nReactDOM.render(<A/>, el)\nReactDOM.unmountComponentAtNode(el)\n",
    ),
    "an imported JSX": ("react/18-to-19", "a.tsx", "import { JSX } from 'react'\nlet a: JSX.Element\n"),
    "a shadowed context": (
        "react/18-to-19",
        "a.jsx",
        """\
        import { createContext } from 'react'
        const Theme = createContext(null)
        const f = (Theme) => <Theme.Provider value={1} />
        """,
    ),
    "a component that is not the page": (
        "next/14-to-15",
        "app/page.tsx",
        "export const Part = ({ params }: { params: { a: string } }) => params.a;\n",
    ),
    "params that are awaited": (
        "next/14-to-15",
        "app/page.tsx",
        "export default async function Page({ params }) {\n  const { a } = await params;\n  return a;\n}\n",
    ),
    "params of a file that is no page": (
        "next/14-to-15",
        "app/part.tsx",
        "export default function Part({ params }) {\n  return params.a;\n}\n",
    ),
    "props in the way": (
        "next/14-to-15",
        "app/page.tsx",
        "const props = {};\nexport default function Page({ params }) {\n  return f(props, params.a);\n}\n",
    ),
    "a class": ("next/14-to-15", "app/page.jsx", "export default class Page extends Part { params = 1 }\n"),
}


@pytest.mark.parametrize(("name", "file", "code"), STAY.values(), ids=STAY)
def test_code_that_stays(name: str, file: str, code: str) -> None:
    assert rewritten(name, file, code) == textwrap.dedent(code)


CHANGE = {
    "types that are gone, all at once": (
        "react/18-to-19",
        "a.tsx",
        """\
        import { ReactChild, ReactText, FC, LegacyRef } from 'react';
        let a: ReactChild; let b: ReactText[]; let c: FC; let d: LegacyRef<X>
        """,
        """\
        import { FC, Ref } from 'react';
        import type { ReactElement } from 'react';
        let a: ReactElement | number | string; let b: (number | string)[]; let c: FC; let d: Ref<X>
        """,
    ),
    "JSX beside a declaration of its own": (
        "react/18-to-19",
        "a.tsx",
        """\
        import { useRef } from 'react';
        const e: JSX.Element = useRef(null);
        declare global { namespace JSX { interface IntrinsicElements { foo: any } } }
        """,
        """\
        import { useRef } from 'react';
        import type { JSX } from 'react';
        const e: JSX.Element = useRef(null);
        declare global { namespace JSX { interface IntrinsicElements { foo: any } } }
        """,
    ),
    "a page whose inner function reads them": (
        "next/14-to-15",
        "app/page.tsx",
        """\
        interface Props { params: { id: string } }
        export default function Page(props: Props) {
          const f = () => props.params.id;
          return f() + props.params.id;
        }
        """,
        """\
        interface Props { params: Promise<{ id: string }> }
        export default async function Page(props: Props) {
          const params = await props.params;
          const f = () => params.id;
          return f() + params.id;
        }
        """,
    ),
    "the rest of the props": (
        "next/14-to-15",
        "app/page.jsx",
        """\
        export default function Page({ params: { id }, ...rest }) {
          return <A id={id} {...rest} />
        }
        """,
        """\
        export default async function Page(props) {
          const { id } = await props.params
          const { params: _params, ...rest } = props
          return <A id={id} {...rest} />
        }
        """,
    ),
    "a client component with a wrapped type": (
        "next/14-to-15",
        "app/page.tsx",
        """\
        'use client'
        const Page = ({ params }: Readonly<{ params: { id: string } }>) => <a>{params.id}</a>
        export { Page as default }
        """,
        """\
        'use client'
        import { use } from 'react'
        const Page = (props: Readonly<{ params: Promise<{ id: string }> }>) => {
          const params = use(props.params)
          return <a>{params.id}</a>
        }
        export { Page as default }
        """,
    ),
    "members of what a require gives no longer": (
        "execa/5-to-6",
        "a.js",
        """\
        const execa = require('execa')
        execa.sync('ls')
        execa('ls')
        """,
        """\
        const { execa } = require('execa')
        const { execaSync } = require('execa')
        execaSync('ls')
        execa('ls')
        """,
    ),
    "a page that only reads cookies": (
        "next/14-to-15",
        "app/page.tsx",
        """\
        import { cookies } from 'next/headers';
        export default function Page() {
          return cookies().get('a');
        }
        """,
        """\
        import { cookies } from 'next/headers';
        export default async function Page() {
          return (await cookies()).get('a');
        }
        """,
    ),
    "a handler": (
        "next/14-to-15",
        "app/api/[id]/route.ts",
        """\
        type Context = { params: { id: string } }
        export function DELETE(_: Request, context: Context) {
          const { id } = context.params
          return Response.json({ id })
        }
        """,
        """\
        type Context = { params: Promise<{ id: string }> }
        export async function DELETE(_: Request, context: Context) {
          const { id } = await context.params
          return Response.json({ id })
        }
        """,
    ),
}


@pytest.mark.parametrize(("name", "file", "before", "after"), CHANGE.values(), ids=CHANGE)
def test_code_that_changes(name: str, file: str, before: str, after: str) -> None:
    once = rewritten(name, file, before)
    assert once == textwrap.dedent(after)
    assert rewritten(name, file, once) == once
