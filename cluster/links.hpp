#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/fwd.hpp>

#include "cluster/envelope.hpp"
#include "cluster/members.hpp"

namespace frontrow::cluster {

// ---- news between nodes. A lost one costs at most one renewal interval: every node also looks at the tables.

/// The sender owns the shard since this epoch, and serves it.
struct shard_at {
  shard_id shard = 0;
  epoch_number epoch = 0;
};
/// The sender, which is wanted for it, has loaded the shard ahead.
struct prepared {
  shard_id shard = 0;
};
/// The tables have changed: look at them.
struct look {};
/// The sender shows the catalog as it was at this version, or later.
struct catalog_at {
  std::int64_t version = 0;
};
using news = std::variant<shard_at, prepared, look, catalog_at>;

class switchboard;

struct link_limits {
  /// Letters and answers that may wait for one peer; past it `send` says no.
  std::size_t queue_max = 50'000;
  /// Letters and answers in one parcel.
  std::size_t parcel_max = 500;
  /// Parcels to one peer that it has not acknowledged, at least 2: what a frozen peer can cost in memory. Few of them
  /// make large ones: what comes meanwhile waits for the next.
  std::size_t window = 2;
  /// Between two signs of life.
  std::chrono::milliseconds beat{250};
  /// A peer silent for this long is dropped.
  std::chrono::milliseconds timeout{2'000};
  /// For the plain TCP connection that is tried before CAF's, and for CAF's.
  std::chrono::milliseconds connect_timeout{1'000};
  /// Between two attempts to dial the same peer.
  std::chrono::milliseconds redial{200};
};

enum class link_security : std::uint8_t { plain, tls };

/// Who this node is, as it says in `hello`.
struct link_identity {
  std::string cluster;
  node_number number = 0;
  std::string incarnation;
};

/// What comes in. Called on the middleman's one thread, which carries the bytes of all peers: hand over and return.
struct link_events {
  /// A letter; `from.node` is the peer's number, whatever the letter said.
  std::function<void(envelope)> letter;
  std::function<void(const return_address&, const caf::message&)> answer;
  std::function<void(node_number from, const news&)> told;
  std::function<void(node_number)> up;
  /// Exactly once after each `up`. Nothing of that link comes afterwards.
  std::function<void(node_number)> down;
};

/// The links of this node to every other one, over CAF's middleman. Every function is for any thread but open and
/// close, which belong to the one that made it, and that is none of CAF's.
///
/// One of a pair dials: the one with the higher number. Whoever says hello with another protocol, another cluster's
/// name, or as somebody who is not among `members` with that incarnation, is refused and logged.
///
/// The system's configuration has been through `load_transport` and `register_link_messages`, and its
/// `middleman.heartbeat-interval` and `middleman.connection-timeout` are set: a connection that died without a word
/// is forgotten, and dialed again, only after that timeout.
class links {
public:
  links(caf::actor_system& system, link_identity self, link_limits limits, link_security security,
        link_events events);
  /// Closes.
  ~links();
  links(const links&) = delete;
  links& operator=(const links&) = delete;

  /// Listens; port 0 takes any. The port, or nothing, logged: it is taken, or the certificates
  /// (`openssl.certificate`, `openssl.key`, `openssl.cafile` of the system's configuration; `tls` needs all three)
  /// cannot be used.
  std::optional<std::uint16_t> open(const std::string& address, std::uint16_t port);

  /// Who the members are now. Dials those with a lower number that have no link, drops the links of those that are
  /// gone.
  void members(const std::vector<member>& now);

  /// False: there is no link, or too much waits for it. Nothing was taken then. Whatever was taken and did not get
  /// there is followed by `down` of that peer.
  bool send(node_number to, envelope letter);
  /// False: there is no link, and it was dropped: whoever waits asks again. Answers and news may wait beyond
  /// `queue_max`; at twice that the link is dropped.
  bool answer(node_number to, const return_address& whom, caf::message what);
  void tell(node_number to, const news& what);
  void tell_all(const news& what);
  bool is_up(node_number peer) const;

  /// Ends all links, in bounded time even when a peer is frozen, and returns after the last `down`. Repeating it does
  /// nothing. ~actor_system may still wait for bytes to a frozen peer: leave under a watchdog.
  void close();

private:
  std::shared_ptr<switchboard> board_;
};

/// Loads what carries links into a configuration: CAF's middleman and, for tls, its OpenSSL part.
void load_transport(caf::actor_system_config& config, link_security security);

/// Makes CAF able to carry what links say to each other, and `moved`. The messages inside letters and answers
/// are registered by whoever owns them.
void register_link_messages(caf::actor_system_config& config);

/// What became of a plain TCP connection to "host:port", which is closed again. An address that cannot be resolved:
/// unknown. Refused: by every address that the name stands for. Looking up a name may take longer than `patience`.
probe_result probe(const std::string& address, std::chrono::milliseconds patience);

} // namespace frontrow::cluster
