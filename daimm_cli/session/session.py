"""What the library works with on somebody's behalf, built when it is first asked for.

>>> session = Session({"DAIMM_HOME": "~/.daimm-test"}, Terminal())
>>> session.chain.is_open(offer_id)        # connects now
True
>>> session.chain.node.send(call, session.account)   # asks, then for the password
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import os
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Self

from daimm_cli.accounts import devices, seed
from daimm_cli.accounts.accounts import AccountInfo, Accounts
from daimm_cli.accounts.labels import Labels
from daimm_cli.accounts.passwords import Kind, Lock, Passwords
from daimm_cli.accounts.wallet import Wallet
from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.decimals import Decimals
from daimm_cli.session.console import Asking, Console
from daimm_cli.store.local import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    from daimm_cli.accounts.safe.safe_account import SafeAccount, SafeNode
    from daimm_cli.base.config import Config
    from daimm_cli.chain.book import Book
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.transactions import KeySigner
    from daimm_cli.index.index import Index
    from daimm_cli.store.fetcher import Fetcher


class Session:
    """Settings, and what follows from them: chain, accounts and files of one home.

    environment: its variables override config.toml; None: this process's. typed: the option that
    set a variable of it, if one did. console: who is asked before money moves, and told what goes
    on; None: all is agreed to, nothing shown.
    """

    def __init__(
        self, environment: Mapping[str, str] | None = None, console: Console | None = None
    ) -> None:
        self.environment = dict(os.environ if environment is None else environment)
        self.typed: dict[str, str] = {}
        self.console = console or Console()
        self.started = time.time()
        self._unlocked: dict[Path, KeySigner] = {}

    @functools.cached_property
    def config(self) -> Config:
        from daimm_cli.base.config import load

        return load(self.environment, self.typed)

    # The chain

    @functools.cached_property
    def node(self) -> SafeNode:
        """The node; connects."""
        from daimm_cli.accounts.safe.safe_account import SafeNode

        profile = self.config.profile
        return SafeNode.connect(
            profile.rpc, chain_id=profile.chain_id, legacy_fees=profile.legacy_fees
        )

    @functools.cached_property
    def book(self) -> Book:
        """The chain's contracts, also where the session works with a former market."""
        from daimm_cli.chain.book import load

        return load(self.node.chain_id, self.environment)

    @functools.cached_property
    def chain(self) -> Chain:
        """The contracts; connects and checks that the market is there."""
        from daimm_cli.chain.client import Chain

        decimals = Decimals(self.config.home / "decimals" / f"{self.node.chain_id}.json")
        chain = Chain(self.node, self.book.of(self.config.profile.market), decimals)
        chain.require_code()
        return chain

    @functools.cached_property
    def now(self) -> int:
        """The later of the chain's time and this machine's, in seconds since 1970."""
        return max(self.chain.node.latest().time, int(time.time()))

    @functools.cached_property
    def index(self) -> Index:
        """The chain's events up to now, cached in the home."""
        from daimm_cli.index.index import Index

        index = Index.open(self.config.ensure_home(), self.chain, self.console.say)
        index.sync()
        return index

    def on(self, chain: Chain, index: Index) -> Self:
        """The same session over another connection."""
        other = copy.copy(self)
        other.chain, other.index = chain, index
        return other

    @property
    def former(self) -> Iterator[Self]:
        """The same session on each market before this one, the last one first."""
        for book in self.chain.book.markets():
            if book.address("Market") != self.chain.market:
                other = copy.copy(self)
                other.__dict__.pop("index", None)
                other.chain = self.chain.at(book)
                yield other

    @functools.cached_property
    def owed(self) -> set[str]:
        """Tokens in which a ledger owes something to who acts, as the events have it."""
        return {credit.token for credit in self.index.credits(self.me.address)}

    # Who acts

    @functools.cached_property
    def asking(self) -> Asking:
        """How the person is asked before an account of theirs signs."""
        return Asking(self.console, max_gas=self.config.profile.max_gas)

    @functools.cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.config.accounts)

    @functools.cached_property
    def me(self) -> AccountInfo:
        """The account that acts: the profile's Safe, else `owner`."""
        safe = self.config.profile.safe
        if safe is None:
            return self.owner
        return AccountInfo("Safe", checksummed(safe, "Safe's address"), None, "safe")

    @property
    def asker(self) -> str | None:
        """The address of who acts, where that is known: looking takes no account."""
        try:
            return self.me.address
        except DaimmError:
            if self.config.profile.account:
                raise
            return None

    @functools.cached_property
    def owner(self) -> AccountInfo:
        """The account that signs and pays gas: --account, the profile's, or the only one there is.

        It acts for itself, or for the profile's Safe as one of its owners.
        """
        if name := self.config.profile.account:
            return self.find_account(name)
        found = self.accounts.list()
        if len(found) == 1:
            return self._addressed(found[0])
        if found:
            known = ", ".join(info.alias for info in found[:8])
            raise DaimmError(f"Say which account acts with --account: there are {known}.")
        raise DaimmError(
            f"There is no account in {self.config.accounts}: make one first.",
            hint="daimm account new seller",
        )

    @functools.cached_property
    def signer(self) -> KeySigner:
        """The owner, unlocked: asks for its password."""
        return self.unlock(self.owner)

    @functools.cached_property
    def owners(self) -> list[Wallet]:
        """The owner, and the other owners of the profile's Safe whose accounts are here."""
        wallets = [Wallet(self.owner.address, lambda: self.signer, self.asking)]
        for name in self.config.profile.safe_owners if self.config.profile.safe else ():
            info = self.find_account(name)
            if info.address not in [wallet.address for wallet in wallets]:
                opened = functools.partial(self.unlock, info)
                wallets.append(Wallet(info.address, opened, self.asking))
        return wallets

    @functools.cached_property
    def account(self) -> Wallet | SafeAccount:
        """Who acts, as the chain takes it: unlocked when it signs for the first time."""
        from daimm_cli.accounts.safe.safe_account import SafeAccount
        from daimm_cli.session import proposals

        if self.config.profile.safe is None:
            return self.owners[0]
        keep = functools.partial(proposals.keep, self.config.ensure_home())
        known = functools.partial(proposals.known, self.config.ensure_home())
        return SafeAccount(self.me.address, self.owners, keep, known, self.asking)

    @property
    def awaits_owners(self) -> bool:
        """Whether a Safe acts that needs signatures of owners who are not here."""
        from daimm_cli.accounts.safe.safe_account import SafeAccount

        account = self.account
        return isinstance(account, SafeAccount) and not account.suffices(self.chain.node)

    def accepts(self, account: str, digest: bytes, signature: bytes) -> bool:
        """Whether the contract at `account` takes the signature for its own (ERC-1271)."""
        from daimm_cli.chain.signatures import accepts

        return accepts(self.chain.node, account, digest, signature)

    @functools.cached_property
    def courier(self) -> Wallet | SafeAccount:
        """Who sends what anybody may send, and no other owner need sign: deliveries.

        A delivery that waited in a file for signatures could leak, and come too late.
        """
        return self.owners[0] if self.awaits_owners else self.account

    def find_account(self, name: str) -> AccountInfo:
        """The keystore with this alias or address, or the account of one of Ape's plugins."""
        try:
            info = self.accounts.show(name)
        except DaimmError:
            found = devices.find(name)
            if found is None:
                raise
            return found
        return self._addressed(info)

    def _addressed(self, info: AccountInfo) -> AccountInfo:
        """With its address, which a keystore that does not say it gives once it is opened."""
        if info.address:
            return info
        return dataclasses.replace(info, address=self.unlock(info).address)

    def unlock(self, info: AccountInfo) -> KeySigner:
        """The account, ready to sign: asks for its keystore's password, once."""
        if info.path is None:
            return devices.signer(info)
        if info.path not in self._unlocked:
            self._unlocked[info.path] = self.passwords.open(
                Lock.account(info.alias, info.address),
                lambda password: self.accounts.unlock(info.alias, password),
            )
        return self._unlocked[info.path]

    @functools.cached_property
    def seed(self) -> bytes:
        """The home's seed; raises DaimmError where there is none."""
        home = self.config.home
        if not seed.exists(home):
            return seed.unlock(home, "")  # says that there is none
        return self.passwords.open(Lock.seed(home), lambda password: seed.unlock(home, password))

    @functools.cached_property
    def new_seed(self) -> bytes:
        """The home's seed, made where there is none yet."""
        if seed.exists(self.config.home):
            return self.seed
        self.console.say(
            f"This home has no seed yet: one is made in {seed.seed_path(self.config.home)}.\n"
            "Back it up (`daimm secrets export`) and remember its password: it delivers what you "
            "sell and opens what you buy."
        )
        home = self.config.ensure_home()
        return seed.create(home, self.passwords.ask(Lock(Kind.SEED, "the new seed"), new=True))

    @functools.cached_property
    def passwords(self) -> Passwords:
        return Passwords(self.environment, keyring=self.config.password_keyring)

    def password(self, what: str, *, new: bool = False) -> str:
        """An account's password, typed or from the file that DAIMM_PASSWORD_FILE names."""
        return self.passwords.ask(Lock(Kind.ACCOUNT, what), new=new)

    # Files

    @functools.cached_property
    def store(self) -> LocalStore:
        return LocalStore(self.config.profile.store)

    @functools.cached_property
    def fetcher(self) -> Fetcher:
        """The local store and the sources that the settings name."""
        from daimm_cli.store.fetcher import Fetcher, named_sources

        sources = [named.source for named in named_sources(self.config)]
        return Fetcher(self.store, sources, Labels(self.config.home))
