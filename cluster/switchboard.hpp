#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/io/middleman_actor.hpp>

#include "cluster/links.hpp"
#include "cluster/outbox.hpp"

namespace frontrow::cluster {

class dialer;

/// Why somebody new is refused until this node has looked at the tables again.
inline constexpr std::string_view not_a_member_yet = "not a member (yet)";

/// A link, from the attempt to its end.
struct link {
  link(node_number number, std::string its_incarnation, std::size_t letters_max)
      : peer(number), incarnation(std::move(its_incarnation)), out(letters_max) {}
  const node_number peer;
  const std::string incarnation;
  outbox out;
  caf::actor actor; ///< set before anybody else sees the link; it lets go of the link when it ends
};

// ---- messages that never leave the node

/// To a link's actor: something waits in the outbox.
struct wake {};
/// To a link's actor: end, and say why.
struct drop_link {
  std::string why;
};
/// To the reception: the link to this peer has ended.
struct place_free {
  node_number peer = 0;
};

/// Who the members are and which links there are: at most one to a peer, from the attempt to the end of `down`.
/// Every function for any thread but open and close.
class switchboard : public std::enable_shared_from_this<switchboard> {
public:
  switchboard(caf::actor_system& system, link_identity self, link_limits limits, link_security security,
              link_events events);
  ~switchboard();

  const link_identity self;
  const link_limits limits;
  const link_security security;
  const link_events events;

  std::optional<std::uint16_t> open(const std::string& address, std::uint16_t port);
  void close();
  void members(const std::vector<member>& now);

  /// What CAF listens and dials with.
  caf::io::middleman_actor transport() const;

  bool knows(node_number number, const std::string& incarnation) const;
  /// Members that are ours to dial and have no link.
  std::vector<member> to_dial() const;

  /// Null: no link that is up.
  std::shared_ptr<link> up_to(node_number peer) const;
  std::vector<std::shared_ptr<link>> all_up() const;
  /// Null: none, up or not.
  std::shared_ptr<link> link_to(node_number peer) const;

  /// A link whose actor waits for its first message. Null: closed, or there is one to this peer already.
  std::shared_ptr<link> begin(node_number peer, const std::string& incarnation);
  /// By the link's actor: it may be used from now on. False: it must end.
  bool rise(const std::shared_ptr<link>& one);
  /// By the link's actor, once, as the last thing.
  void fall(const std::shared_ptr<link>& one);

  /// Logs a refusal, but not the same one of the same peer again and again. Of somebody new it is a warning only
  /// when it persists.
  void log_refusal(std::string_view what, node_number peer, const std::string& name, const std::string& reason);

private:
  struct place {
    std::shared_ptr<link> holder;
    bool up = false;
  };
  std::optional<std::uint16_t> publish(const std::string& address, std::uint16_t port);

  caf::actor_system& system_;
  mutable std::shared_mutex mutex_;
  std::condition_variable_any fallen_;
  std::map<node_number, member> members_;
  std::map<node_number, place> places_;
  std::map<node_number, std::pair<std::string, steady_time>> refusals_;
  bool closed_ = false;
  caf::actor reception_;
  std::uint16_t port_ = 0;
  std::unique_ptr<dialer> dialer_;
};

} // namespace frontrow::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::cluster::wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::cluster::drop_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::cluster::place_free)
