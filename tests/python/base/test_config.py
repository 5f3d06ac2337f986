import dataclasses
import os
from pathlib import Path

import pytest

from daimm_cli.base import config
from daimm_cli.base.errors import DaimmError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def write(home: Path, text: str) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(text)
    return {"DAIMM_HOME": str(home)}


def test_without_a_file_everything_has_a_default(home: Path) -> None:
    loaded = config.load(env={"DAIMM_HOME": str(home)})
    assert loaded.home == home
    profile = loaded.profile
    assert (profile.rpc, profile.chain_id) == ("http://127.0.0.1:8545", None)
    assert (profile.account, profile.store) == (None, home / "store")
    assert (loaded.name, loaded.origins) == ("local", {})
    assert loaded.accounts == Path.home() / ".ape" / "accounts"
    assert not home.exists()


def test_the_home_is_in_the_users_folder_unless_told() -> None:
    assert config.home_folder({}) == Path.home() / ".daimm"


def test_the_file_is_read_and_the_profile_chosen(home: Path, tmp_path: Path) -> None:
    env = write(
        home,
        'profile = "base"\naccounts = "keys"\n'
        '[profiles.base]\nrpc = "https://node.example:99/v1/TOKEN"\nchain_id = 8453\n'
        f'account = "seller"\nstore = "{tmp_path}/big"\n[profiles.other]\nchain_id = 5\n',
    )
    base = config.load(env=env)
    assert base.name == "base"
    assert (base.profile.chain_id, base.profile.account) == (8453, "seller")
    assert base.profile.store == tmp_path / "big"
    assert base.accounts == home / "keys"
    assert config.load(env={**env, "DAIMM_PROFILE": "other"}).profile.chain_id == 5


def test_a_providers_token_is_never_shown(home: Path) -> None:
    env = write(
        home, '[profiles.local]\nrpc = "https://user:pw@node.example:99/v1/TOKEN?k=TOKEN"\n'
    )
    loaded = config.load(env=env)
    assert "TOKEN" in loaded.profile.rpc
    assert loaded.profile.rpc_shown == "https://node.example:99"
    assert "TOKEN" not in repr(loaded)
    assert "pw@" not in repr(loaded)


def test_the_environment_wins(home: Path, tmp_path: Path) -> None:
    env = write(
        home, 'accounts = "keys"\n[profiles.local]\nrpc = "http://a:1"\nchain_id = 1\nstore = "s"\n'
    )
    env |= {
        "DAIMM_RPC": "http://b:2",
        "DAIMM_CHAIN_ID": "2",
        "DAIMM_ACCOUNT": "buyer",
        "DAIMM_STORE": str(tmp_path / "t"),
        "DAIMM_ACCOUNTS": str(tmp_path / "u"),
    }
    loaded = config.load(env=env)
    profile = loaded.profile
    assert (profile.rpc, profile.chain_id, profile.account) == ("http://b:2", 2, "buyer")
    assert (profile.store, loaded.accounts) == (tmp_path / "t", tmp_path / "u")


def test_apes_data_folder_is_honoured_below_our_own_setting(home: Path, tmp_path: Path) -> None:
    env = {"DAIMM_HOME": str(home), "APE_DATA_FOLDER": str(tmp_path / "ape")}
    assert config.load(env=env).accounts == tmp_path / "ape" / "accounts"
    write(home, f'accounts = "{tmp_path}/ours"\n')
    assert config.load(env=env).accounts == tmp_path / "ours"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("profile = ", "not valid TOML"),
        ("\xff", "not valid TOML"),
        ("colour = 1", "'colour': unknown key. The keys are accounts"),
        ("account = 'buyer'", r"'account': unknown key. It belongs under \[profiles.local\]"),
        ("kubo = 'http://a'", r"'kubo': unknown key. It belongs under \[storage\]"),
        (
            "[profiles.local]\nrcp = 'http://a'",
            "'profiles.local.rcp': unknown key. The keys are account, ",
        ),
        ("[profiles.local]\nchain_id = 'one'", "'profiles.local.chain_id' must be a whole number"),
        ("[profiles.local]\nchain_id = true", "'profiles.local.chain_id' must be a number"),
        ("[profiles.local]\nchain_id = 0", "'profiles.local.chain_id' must be from 1 to "),
        ("[profiles.local]\nrpc = 8545", "'profiles.local.rpc' must be text"),
        ("[profiles.local]\nrpc = 'file:///etc/passwd'", "must be like http://"),
        ("[profiles.local]\nrpc = 'http://a:x'", "must be like http://"),
        ('[profiles.local]\nrpc = "http://a/\\u001b[31m"', "must be like http://"),
        ("profiles = 1", "'profiles' must be a table"),
        ("[profiles]\nlocal = 1", "'profiles.local' must be a table"),
        ("profile = 'mars'", "no profile 'mars'"),
        ("accounts = 1", "'accounts' must be text"),
        ("a = 1\n" * 200_000, "over 1 MiB"),
    ],
)
def test_a_wrong_file_is_named_with_the_key(home: Path, text: str, says: str) -> None:
    home.mkdir()
    (home / "config.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(DaimmError, match=says):
        config.load(env={"DAIMM_HOME": str(home)})


def test_a_folder_in_the_files_place_is_a_sentence(home: Path) -> None:
    (home / "config.toml").mkdir(parents=True)
    with pytest.raises(DaimmError, match="is a directory"):
        config.load(env={"DAIMM_HOME": str(home)})


def test_a_pipe_in_the_files_place_does_not_hang(home: Path) -> None:
    home.mkdir()
    os.mkfifo(home / "config.toml")
    with pytest.raises(DaimmError, match="not a regular file"):
        config.load(env={"DAIMM_HOME": str(home)})


@pytest.mark.parametrize("value", ["x", "-1", "0", "1e3", "1_0", "\u0661", "9" * 30])
def test_a_wrong_chain_id_in_the_environment(home: Path, value: str) -> None:
    with pytest.raises(DaimmError, match="DAIMM_CHAIN_ID"):
        config.load(env={"DAIMM_HOME": str(home), "DAIMM_CHAIN_ID": value})


def test_a_private_key_as_account_is_refused_without_repeating_it(home: Path) -> None:
    key = "ab" * 32
    with pytest.raises(DaimmError, match="private key") as caught:
        config.load(env={"DAIMM_HOME": str(home), "DAIMM_ACCOUNT": key})
    assert key not in str(caught.value)


def test_the_home_is_closed_to_others(home: Path) -> None:
    loaded = config.load(env={"DAIMM_HOME": str(home)})
    assert loaded.ensure_home() == home
    assert home.stat().st_mode & 0o077 == 0


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = {"DAIMM_HOME": str(tmp_path / "file" / "home")}
    with pytest.raises(DaimmError, match="Cannot read"):
        config.load(env=env)
    unmade = dataclasses.replace(config.load(env={}), home=Path(env["DAIMM_HOME"]))
    with pytest.raises(DaimmError, match="set DAIMM_HOME"):
        unmade.ensure_home()


def test_the_process_environment_is_the_default(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("DAIMM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DAIMM_HOME", str(home))
    assert config.load().home == home


def test_further_stores_to_fetch_from_are_relative_to_the_home(home: Path, tmp_path: Path) -> None:
    env = write(home, f'[storage]\nsources = ["../other/store", "{tmp_path}/far"]\n')
    assert config.load(env=env).storage.sources == (home / "../other/store", tmp_path / "far")
    assert config.load(env=write(home, "[storage]\n")).storage.sources == ()


@pytest.mark.parametrize(
    "text",
    [
        "storage = 3",
        '[storage]\nsources = "one"',
        "[storage]\nsources = [3]",
        '[storage]\nsources = [""]',
        '[storage]\nsource = ["x"]',
        f"[storage]\nsources = {['x'] * 65}",
    ],
)
def test_sources_that_are_none_are_named(home: Path, text: str) -> None:
    with pytest.raises(DaimmError, match="storage"):
        config.load(env=write(home, text))


def test_a_safe_and_its_owners_are_named(home: Path) -> None:
    safe = "0x" + "ab" * 20
    text = f'[profiles.local]\naccount = "alice"\nsafe = "{safe}"\nsafe_owners = ["bob"]\n'
    env = write(home, text)
    assert config.load(env=env).profile.safe == safe
    assert config.load(env=env).profile.safe_owners == ("bob",)
    other = "0x" + "cd" * 20
    assert config.load(env={**env, "DAIMM_SAFE": other}).profile.safe == other
    assert config.load(env={**env, "DAIMM_SAFE": "none"}).profile.safe is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('safe = "alice"', "safe' must be the address"),
        ("safe = 1", "'profiles.local.safe' must be text"),
        ('safe_owners = "bob"', "'profiles.local.safe_owners' must be"),
        ("safe_owners = [1]", "'profiles.local.safe_owners' must be"),
    ],
)
def test_a_mistyped_safe_is_named(line: str, said: str, home: Path) -> None:
    with pytest.raises(DaimmError, match=said):
        config.load(env=write(home, f"[profiles.local]\n{line}\n"))


def test_the_keyring_is_used_if_it_is_switched_on(home: Path) -> None:
    assert not config.load(env={"DAIMM_HOME": str(home)}).password_keyring
    env = write(home, "password_keyring = true\n")
    assert config.load(env=env).password_keyring
    assert not config.load(env={**env, "DAIMM_PASSWORD_KEYRING": "0"}).password_keyring
    env = write(home, "password_keyring = false\n")
    assert config.load(env={**env, "DAIMM_PASSWORD_KEYRING": "1"}).password_keyring
    with pytest.raises(DaimmError, match="KEYRING must be true or false, in a variable 1 or 0"):
        config.load(env={**env, "DAIMM_PASSWORD_KEYRING": "yes"})
    with pytest.raises(DaimmError, match="must be true or false"):
        config.load(env=write(home, 'password_keyring = "yes"\n'))
