"""Reports of stored results. The module itself can be called, as `sim.report(study)`, whether imported before or not."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.store import Study


class _CallableModule(ModuleType):
    """`sim.report` is both this package and the public function of that name."""

    def __call__(
        self, study: Study | Path | str, out: Path | str | None = None, lang: str | None = None, assets: str | None = None
    ) -> Path:
        from sim.assets import assets as used
        from sim.assets import using_assets
        from sim.language import language, speaking
        from sim.report.page import write_report

        folder = Path(study) if isinstance(study, (str, Path)) else study.folder
        with speaking(lang or language()), using_assets(assets or used()):
            return write_report(folder, None if out is None else Path(out))


sys.modules[__name__].__class__ = _CallableModule
