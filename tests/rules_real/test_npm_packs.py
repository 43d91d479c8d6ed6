"""Express, Jest and Zod: old code on the old release does what the rewritten code does on the new one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.rules_real.compiled import rewritten

pytestmark = [pytest.mark.online, pytest.mark.tools]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("releases")


def installed(shelf: Path, name: str, *packages: str) -> Path:
    """A folder with the packages in it, made once."""
    folder = shelf / name
    if not folder.exists():
        folder.mkdir()
        (folder / "package.json").write_text('{"name": "probe", "private": true}')
        subprocess.run(
            ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *packages],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=300,
        )
    return folder


def printed(folder: Path, file: str, code: str, *command: str) -> str:
    """What a program prints; whatever it prints when it fails too."""
    (folder / file).write_text(code)
    done = subprocess.run(
        [*command, file], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + ("\nFAILED " + done.stderr[-2000:] if done.returncode else "")


EXPRESS = """
const express = require('express');
const app = express();
const router = express.Router();
const said = (req, res) => res.json({ path: req.path, id: req.params.id });

router.param(':id', (req, res, next, id) => { req.seen = id; next(); });
router.get('/users/:id?', said);
app.del('/api/users/:id', (req, res) => res.send({ gone: req.params.id }, 202));
app.use('/api', router);
app.get('/one', (req, res) => { res.send(404); });
app.get('/two', (req, res) => res.json({ a: 1 }, 201));
app.get('/three', function (request, response) { response.redirect('/one', 301); });
app.get('/four', (req, res) => res.redirect('back'));
app.get('/five', (req, res) => res.sendfile(__filename.replace('probe.js', 'a.txt'), { hidden: true }));
app.get('/six', (req, res) => res.send(String(req.acceptsCharset('utf-8')) + req.acceptsEncoding('gzip')));
app.get('/seven', (req, res) => res.send(503, 'busy'));
app.post('/form', express.urlencoded(), (req, res) => res.json(req.body));
app.get('/files/*', (req, res) => res.send('file'));
app.get('/a/:file.:ext?', (req, res) => res.json(Object.assign({}, req.params)));
app.all('*', (req, res) => res.status(418).send('rest'));
app.use((err, req, res, next) => res.redirect('back'));

const server = app.listen(0, async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const ask = async (path, options) => {
    const answer = await fetch(base + path, { redirect: 'manual', ...options });
    console.log(path, answer.status, answer.headers.get('location'), await answer.text());
  };
  const body = 'a[b]=1&c=2';
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  await ask('/api/users'); await ask('/api/users/7'); await ask('/api/users/8', { method: 'DELETE' });
  for (const path of ['/one', '/two', '/three', '/five', '/six', '/seven']) await ask(path);
  await ask('/four', { headers: { referer: '/from' } }); await ask('/four');
  await ask('/form', { method: 'POST', body, headers });
  for (const path of ['/files/', '/files/a/b', '/a/x.png', '/a/x', '/', '/none/at/all']) await ask(path);
  server.close();
});
"""


def test_express_4_to_5(shelf: Path) -> None:
    old, new = installed(shelf, "express4", "express@4"), installed(shelf, "express5", "express@5")
    for folder in (old, new):
        (folder / "a.txt").write_text("text")
    code = rewritten(["npm/express/4-to-5"], EXPRESS, "probe.js")
    before = printed(old, "probe.js", EXPRESS, "node")
    assert "FAILED" not in before
    assert before.count("\n") > 15
    assert printed(new, "probe.js", code, "node") == before
    assert "FAILED" in printed(new, "old.js", EXPRESS, "node")


JEST = """
const fn = jest.fn((x) => x);
test("calls", () => {
  fn(1); fn(2);
  expect(fn).toBeCalled();
  expect(fn).toBeCalledTimes(2);
  expect(fn).toBeCalledWith(1);
  expect(fn).lastCalledWith(2);
  expect(fn).nthCalledWith(1, 1);
  expect(fn).toReturn();
  expect(fn).toReturnTimes(2);
  expect(fn).toReturnWith(1);
  expect(fn).lastReturnedWith(2);
  expect(fn).nthReturnedWith(1, 1);
  expect(jest.fn()).not.toBeCalled();
});
test("errors", async () => {
  expect(() => { throw new Error("no"); }).toThrowError("no");
  await expect(Promise.reject(new Error("x"))).rejects.toThrowError(/x/);
  expect(jest.genMockFromModule("path").join("a")).toBe(undefined);
});
"""
SUMMARY = "Tests:       2 passed, 2 total"


def test_jest_29_to_30(shelf: Path) -> None:
    old, new = installed(shelf, "jest29", "jest@29"), installed(shelf, "jest30", "jest@30")
    code = rewritten(["npm/jest/29-to-30"], JEST, "a.test.js")
    run = ("sh", "-c", 'npx jest --ci "$0" 2>&1')
    assert SUMMARY in printed(old, "a.test.js", JEST, *run)
    assert SUMMARY in printed(new, "a.test.js", code, *run)
    assert SUMMARY not in printed(new, "old.test.js", JEST, *run)


def test_jest_writes_the_snapshot_header_of_the_pack(shelf: Path) -> None:
    code = 'test("a", () => expect(1).toMatchSnapshot());'
    for folder, packages in (("jest29", "jest@29"), ("jest30", "jest@30")):
        printed(installed(shelf, folder, packages), "s.test.js", code, "npx", "jest", "--ci=false")
    snap = "__snapshots__/s.test.js.snap"
    before = (shelf / "jest29" / snap).read_text()
    assert rewritten(["npm/jest/29-to-30"], before, snap) == (shelf / "jest30" / snap).read_text()


ZOD = """
const { z, ZodError } = require("zod");
enum_ = { Red: "red", Blue: "blue" };
const Fish = z.enum(["cod", "eel"]);
const shape = {
  name: z.string({ required_error: "name missing", invalid_type_error: "name no text" }).min(2, { message: "short" }),
  age: z.number({ required_error: "age missing" }).int({ message: "whole" }).optional(),
  born: z.string().datetime({ message: "when" }).optional(),
  mail: z.string().email({ message: "mail" }).optional(),
  site: z.string().url("site").optional(),
  from: z.string().ip().optional(),
  four: z.string().ip({ version: "v4" }).optional(),
  color: z.nativeEnum(enum_).optional(),
  fish: Fish.optional(),
  count: z.record(z.number()).optional(),
  some: z.record(z.enum(["a", "b"]), z.number()).optional(),
  even: z.number().refine((v) => v % 2 === 0, { message: "odd" }).optional(),
  size: z.string().transform((v) => v.length).default("tuna"),
  maybe: z.ostring(),
  list: z.array(z.string(), { invalid_type_error: "no list" }).nonempty({ message: "empty" }).optional(),
  kind: z.literal("k", { errorMap: () => ({ message: "kind" }) }).optional(),
};
const strict = z.object(shape).strict();
const loose = z.object({ a: z.ZodString.create() }).passthrough();
const told = (schema, value) => {
  const result = schema === strict ? strict.safeParse(value) : loose.safeParse(value);
  if (result.success) return console.log("well", JSON.stringify(result.data));
  const { error } = schema === strict ? strict.safeParse(value) : loose.safeParse(value);
  console.log("ill", JSON.stringify(error.issues.map((e) => [e.path, schema === strict ? e.message : ""])));
};
console.log(loose.safeParse({}).error.errors.length);
told(strict, { name: "Al" });
told(strict, { name: "A" });
told(strict, { name: 1 });
told(strict, {});
told(strict, { name: "Al", age: 1.5 });
for (const [key, value] of Object.entries({
  born: "x", mail: "x", site: "x", even: 1, list: [], kind: 1,
})) told(strict, { name: "Al", [key]: value });
for (const [key, value] of Object.entries({
  born: "2020-01-01T00:00:00Z", mail: "a@b.org", from: "::1", four: "10.0.0.1", color: "red", fish: "eel",
  count: { x: 1 }, some: { a: 1 }, even: 2, size: "ab", maybe: "m", list: ["a"], kind: "k",
})) told(strict, { name: "Al", [key]: value });
told(loose, { a: "x", b: 1 });
told(loose, { a: 1 });
console.log(Fish.Enum.cod, Fish.Values.eel);
try { loose.parse({}); } catch (e) { if (e instanceof ZodError) console.log(e.errors.length); }
console.log(z.function().args(z.string()).returns(z.number()).implement((x) => x.length)("four"));
console.log(z.pipeline(z.string(), z.coerce.number()).parse("12"));
z.object({ a: z.string() }).promise().parseAsync(Promise.resolve({ a: "x" })).then(console.log);
"""


def test_zod_3_to_4(shelf: Path) -> None:
    old, new = installed(shelf, "zod3", "zod@3"), installed(shelf, "zod4", "zod@4")
    code = rewritten(["npm/zod/3-to-4"], ZOD, "probe.js")
    before = printed(old, "probe.js", ZOD, "node")
    assert "FAILED" not in before
    assert printed(new, "probe.js", code, "node") == before
    assert "FAILED" in printed(new, "old.js", ZOD, "node")


ZOD_TYPES = """
import { z, ZodSchema, type ZodTypeAny, ZodError, type ZodTooBigIssue } from "zod";
export function checked<T extends ZodTypeAny>(schema: T, value: unknown): z.infer<T> {
  try { return schema.parse(value) as z.infer<T>; } catch (e) {
    if (e instanceof ZodError) { throw new Error(e.errors.map((i) => i.message).join()); }
    throw e;
  }
}
export const isSchema = (x: unknown): x is ZodSchema => x instanceof ZodSchema;
export const tooBig = (i: ZodTooBigIssue): unknown => i.maximum;
export const merged = <T extends z.AnyZodObject>(a: T): T => a;
export const s = z.object({ a: z.string().uuid({ message: "x" }), b: z.record(z.string()) }).strict();
export const n: number = z.number({ required_error: "a", invalid_type_error: "b" }).parse(1);
export const bad = (e: z.SafeParseError<string>): number => e.error.errors.length;
"""


def test_zod_types(shelf: Path) -> None:
    old = installed(shelf, "zod3ts", "zod@3", "typescript@5")
    new = installed(shelf, "zod4ts", "zod@4", "typescript@5")
    tsc = (
        "npx",
        "tsc",
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2022",
        "--moduleResolution",
        "bundler",
    )
    run = (*tsc, "--module", "esnext")
    code = rewritten(["npm/zod/3-to-4"], ZOD_TYPES, "probe.ts")
    assert printed(old, "probe.ts", ZOD_TYPES, *run) == ""
    assert printed(new, "probe.ts", code, *run) == ""
    assert printed(new, "old.ts", ZOD_TYPES, *run) != ""
