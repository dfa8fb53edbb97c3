#pragma once

#include <deque>
#include <memory>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/io/broker.hpp>

#include "cluster/link_messages.hpp"
#include "cluster/switchboard.hpp"

namespace frontrow::cluster {

// ---- how a link begins; these never leave the node

/// Connect to the peer's reception there, and say hello.
struct begin_dialing {
  std::string host; ///< an IP address
  std::uint16_t port = 0;
};
/// Welcome this peer, whose hello was in order.
struct begin_welcome {
  caf::strong_actor_ptr peer;
};
/// Time to look at the clock.
struct tick {};

/// One end of a link. It waits for how to begin, and quits when the link ends, for whatever reason. It has no socket of
/// its own, but is a broker all the same: it runs on the middleman's thread, so that neither what comes in nor what goes
/// out wakes a thread in between.
class link_actor : public caf::io::broker {
public:
  link_actor(caf::actor_config& config, std::shared_ptr<switchboard> board, std::shared_ptr<link> mine);
  caf::behavior make_behavior() override;
  void on_exit() override;
  /// As every actor's. A broker's own, which closes sockets, leaves the mailbox open: what comes after the end would lie
  /// there for ever, and a tick, which holds this actor, would keep it in memory.
  bool cleanup(caf::error&& why, caf::execution_unit* host) override {
    return caf::scheduled_actor::cleanup(std::move(why), host);
  }
  const char* name() const override { return "link"; }

private:
  enum class stage { idle, dialing, greeting, up };

  void dial(const begin_dialing& where);
  void greet(const caf::strong_actor_ptr& reception);
  void refused(const refusal& said);
  void rise(const caf::strong_actor_ptr& peer);
  void take(parcel& all);
  void acknowledged(std::uint64_t through);
  void acknowledge();
  void flush();
  void look_at_clock();
  void end(const std::string& why);
  /// Whether this message is the peer's, and in time. A peer or we ourselves may have been frozen: what comes after
  /// that belongs to the past, and the link ends.
  bool heard_in_time();
  bool is_silent(steady_time now) const;

  std::shared_ptr<switchboard> board_;
  std::shared_ptr<link> link_;
  stage stage_ = stage::idle;
  caf::node_id greeted_;
  caf::actor peer_;
  steady_time deadline_{}; // until which the link must be up
  steady_time heard_{};
  std::deque<steady_time> under_way_; // when each unacknowledged parcel was sent
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t acknowledged_ = 0; // of those received
};

} // namespace frontrow::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::cluster::begin_dialing)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::cluster::begin_welcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::cluster::tick)
