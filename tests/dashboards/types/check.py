#!/usr/bin/env python3
"""Types of the dashboards: what each is written as, as TypeScript against Grafana's own @grafana/schema,
the options and fields of each kind of panel too; read by tsc.

usage: tests/dashboards/types/check.py     installs the pinned packages into build/dashboards/types
"""
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import lint  # noqa: E402
import npm  # noqa: E402

KINDS = {"timeseries": "TimeSeries", "stat": "Stat", "table": "Table",
         "state-timeline": "StateTimeline"}
WITHOUT_FIELDS = {"stat"}
HEAD = """
import type { AnnotationQuery, Dashboard, Panel, RowPanel, VariableModel } from '@grafana/schema';

// A text that is one of an enum's is what JSON can have of it.
type Plain<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
// What the data source of Prometheus reads beside the schema, and moves to `target` by itself.
type Legacy = { expr: string; titleFormat: string; textFormat: string; tagKeys: string; step: string };
// How Grafana 9.0 to 9.3 call cellOptions.
type Renamed = { displayMode?: string };

// @ts-expect-error a number
const wrong_version: Plain<Dashboard> = { schemaVersion: '38' };
// @ts-expect-error not a field
const wrong_name: Plain<Dashboard> = { schemaVersion: 38, titel: 'x' };
// @ts-expect-error not one of the enum
const wrong_hide: Plain<VariableModel> = { name: 'x', type: 'query', hide: 9 };
"""


def imports():
    for name in KINDS.values():
        path = f"@grafana/schema/dist/esm/raw/composable/{name.lower()}/panelcfg/x"
        yield f"import type * as {name} from '{path}/{name}PanelCfg_types.gen';"
        yield (f"// @ts-expect-error not an option\nconst wrong_{name.lower()}: "
               f"Plain<Partial<{name}.Options>> = {{ colour: 'red' }};")


def constant(name, kind, value):
    return f"export const {name}: {kind} = {json.dumps(value, indent=1)};"


def of_panel(name, panel):
    if panel["type"] == "row":
        yield constant(name, "Plain<RowPanel>", panel)
        return
    yield constant(name, "Plain<Panel>", panel)
    kind = KINDS[panel["type"]]
    yield constant(f"{name}_options", f"Plain<Partial<{kind}.Options>>", panel["options"])
    if panel["type"] in WITHOUT_FIELDS:
        return
    fields = f"Plain<Partial<{kind}.FieldConfig>> & Renamed"
    config = panel["fieldConfig"]
    yield constant(f"{name}_fields", fields, config["defaults"].get("custom", {}))
    for number, override in enumerate(config["overrides"]):
        custom = {p["id"].removeprefix("custom."): p["value"] for p in override["properties"]
                  if p["id"].startswith("custom.")}
        yield constant(f"{name}_override_{number}", fields, custom)


def of_board(name, board):
    rest = {key: value for key, value in board.items() if key not in ("panels", "annotations")}
    yield constant(name, "Plain<Dashboard>", rest)
    for number, annotation in enumerate(board["annotations"]["list"]):
        yield constant(f"{name}_annotation_{number}", "Plain<AnnotationQuery> & Legacy", annotation)
    for panel in board["panels"]:
        yield from of_panel(f"{name}_{panel['id']}", panel)


def main():
    build = npm.install(HERE)
    parts = [*imports(), HEAD]
    for path in lint.FILES:
        parts += of_board(path.stem, json.loads(path.read_text(encoding="utf-8")))
    (build / "check.ts").write_text("\n".join(parts), encoding="utf-8")
    done = subprocess.run(
        ["node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022",
         "--module", "esnext", "--moduleResolution", "bundler", "check.ts"],
        cwd=build, capture_output=True, text=True, timeout=300, check=False)
    print(done.stdout, end="")
    print(f"{len(lint.FILES)} dashboards against @grafana/schema: "
          f"{'types fit' if done.returncode == 0 else 'types do not fit'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
