from collections.abc import Iterator
from pathlib import Path

import pytest

from host_process import HostProcess


@pytest.fixture(scope="session")
def shared_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One warm host for all tests that leave it alive."""
    with HostProcess(tmp_path_factory.mktemp("shared")) as host:
        host.wait_ready()
        yield host


@pytest.fixture(scope="session")
def neural_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One warm host of the neural library set."""
    with HostProcess(tmp_path_factory.mktemp("neural"), "--libraries", "neural") as host:
        host.wait_ready()
        yield host


@pytest.fixture(scope="session")
def vision_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One warm host that looks at pictures."""
    with HostProcess(tmp_path_factory.mktemp("vision"), "--libraries", "vision") as host:
        host.wait_ready()
        yield host


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    """A host of the test's own, to be killed or left without a lease."""
    with HostProcess(tmp_path) as host:
        host.wait_ready()
        yield host
