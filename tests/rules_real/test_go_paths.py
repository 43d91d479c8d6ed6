"""Go packs that move import paths, against both modules: one program each, the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.compiled import go_runs, rewritten

YAML = """\
package main

import (
	"fmt"

	"gopkg.in/yaml.v2"
)

type T struct {
	Name string `yaml:"name"`
}

func main() {
	var t T
	err := yaml.Unmarshal([]byte("name: x"), &t)
	out, _ := yaml.Marshal(t)
	fmt.Println(t.Name, err, string(out))
}
"""
MOCK = """\
package main

import (
	"fmt"

	"github.com/golang/mock/gomock"
)

func main() {
	fmt.Println(gomock.Any().String(), gomock.Eq(1).Matches(1))
}
"""
LOG = """\
package main

import (
	"os"

	"github.com/Sirupsen/logrus"
)

func main() {
	logrus.SetOutput(os.Stdout)
	logrus.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
	logrus.WithFields(logrus.Fields{"a": 1}).Info("here")
}
"""


@pytest.mark.online
@pytest.mark.parametrize(
    ("program", "old", "steps"),
    [
        pytest.param(
            YAML,
            "gopkg.in/yaml.v2",
            [
                ("gopkg.in/yaml/2-to-3", "gopkg.in/yaml.v3"),
                ("go.yaml.in/yaml/gopkg.in-to-go.yaml.in", "go.yaml.in/yaml/v3"),
            ],
            id="yaml",
        ),
        pytest.param(
            MOCK, "github.com/golang/mock", [("go.uber.org/mock/golang-to-uber", "go.uber.org/mock")], id="mock"
        ),
        pytest.param(
            LOG,
            "github.com/Sirupsen/logrus@v1.0.5",
            [("github.com/sirupsen/logrus/1.0-to-1.1", "github.com/sirupsen/logrus")],
            id="logrus",
        ),
    ],
)  # fmt: skip
def test_one_program_at_every_path(
    tmp_path: Path, program: str, old: str, steps: list[tuple[str, str]]
) -> None:
    first = go_runs(tmp_path / "old", program, [old])
    for at, (pack, module) in enumerate(steps):
        program = rewritten([f"go/{pack}"], program, "main.go")
        assert go_runs(tmp_path / f"new{at}", program, [module]) == first
