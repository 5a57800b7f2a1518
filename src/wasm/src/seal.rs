//! Transactions on their way through the user's own session: sealed, bound to the client, good once.

use std::cell::RefCell;
use std::rc::Rc;

use ascon_aead::aead::{Aead, KeyInit, Payload};
use ascon_aead::{AsconAead128, AsconAead128Key, AsconAead128Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use tokenwell::{Client, Error, Now, Secret, TRANSACTION_LIFETIME_MS, Transaction};

use crate::host;

/// What a key is derived for, so that it is never one that serves another purpose.
const PURPOSE: &[u8] = b"tokenwell transaction 1";
const NONCE_BYTES: usize = 16;

/// The digest of a transaction that was used.
pub(crate) type Use = Rc<[u8; 32]>;

thread_local! {
    /// The transactions that were used in this process, and when.
    static USED: RefCell<Vec<(Use, Now)>> = const { RefCell::new(Vec::new()) };
}

/// Seals transactions of one client, with the caller's key, else with the client secret.
pub(crate) struct Seal {
    pub(crate) key: Option<Secret>,
}

impl Seal {
    pub(crate) fn seal(&self, client: &Client, transaction: &Transaction) -> Result<String, Error> {
        let nonce: [u8; NONCE_BYTES] = host::secure_random()?;
        let clear = transaction.to_secret();
        let bound = client.issued_for();
        let payload = Payload { msg: clear.reveal().as_bytes(), aad: bound.as_bytes() };
        let sealed = self.cipher(client)?.encrypt(&AsconAead128Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::runtime("the transaction could not be sealed: nothing was started"))?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Ok(Base64UrlUnpadded::encode_string(&bytes))
    }

    /// Opens a transaction and uses it up. [`give_back`] takes the second value, and makes it usable again.
    pub(crate) fn open(&self, client: &Client, sealed: &str, now: Now) -> Result<(Transaction, Use), Error> {
        let refuse = || {
            Error::callback(
                "the transaction was not made by this client, or was changed on the way: keep it in the user's own session, as authorize() gave it, and start the authorization again",
            )
        };
        let bytes = Base64UrlUnpadded::decode_vec(sealed).map_err(|_| refuse())?;
        let (nonce, sealed_part) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(refuse)?;
        let nonce = AsconAead128Nonce::try_from(nonce).map_err(|_| refuse())?;
        let bound = client.issued_for();
        let payload = Payload { msg: sealed_part, aad: bound.as_bytes() };
        let clear = self.cipher(client)?.decrypt(&nonce, payload).map_err(|_| refuse())?;
        let clear = Secret::new(String::from_utf8(clear).map_err(|_| refuse())?);
        let used = use_up(&bytes, now)?;
        Ok((Transaction::from_secret(&clear)?, used))
    }

    /// The key itself is derived from the one that there is.
    fn cipher(&self, client: &Client) -> Result<AsconAead128, Error> {
        let Some(key) = self.key.as_ref().or(client.client_secret()) else {
            return Err(Error::configuration(
                "transactionKey",
                "is missing: pass 32 random bytes, since there is no clientSecret string to derive the key from",
            ));
        };
        let mac = hmac_sha256::HMAC::mac(PURPOSE, key.reveal().as_bytes());
        let mut key = AsconAead128Key::default();
        key.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
        Ok(AsconAead128::new(&key))
    }
}

/// A transaction is good once in this process (RFC 9700 section 2.1); elsewhere its code is, at the server.
fn use_up(sealed: &[u8], now: Now) -> Result<Use, Error> {
    USED.with_borrow_mut(|used| {
        // After that its age refuses it.
        used.retain(|(_, then)| now.elapsed_since(*then) < TRANSACTION_LIFETIME_MS);
        let digest = Rc::new(hmac_sha256::Hash::hash(sealed));
        if used.iter().any(|(other, _)| *other == digest) {
            return Err(Error::callback(
                "the transaction was used before, as when a callback is opened twice: start the authorization again",
            ));
        }
        used.push((Rc::clone(&digest), now));
        Ok(digest)
    })
}

/// Lets a transaction be used once more, whose code provably was not sent.
pub(crate) fn give_back(used: &Use) {
    USED.with_borrow_mut(|all| all.retain(|(other, _)| !Rc::ptr_eq(other, used)));
}
