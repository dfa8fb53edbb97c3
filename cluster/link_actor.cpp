#include "cluster/link_actor.hpp"

#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "cluster/wire.hpp"
#include "config/log_line.hpp"

namespace frontrow::cluster {

namespace {

// A parcel that stays unacknowledged for this many timeouts, while signs of life arrive, was lost: CAF drops what the
// peer cannot read without a word. Not less, because a large parcel may take long to hand over.
constexpr int parcel_timeouts = 5;

// Received parcels that wait to be acknowledged by one that goes back; a peer may always send two.
constexpr std::uint64_t unacknowledged_max = 1;

steady_time monotonic_now() { return std::chrono::steady_clock::now(); }

} // namespace

link_actor::link_actor(caf::actor_config& config, std::shared_ptr<switchboard> board, std::shared_ptr<link> mine)
    : broker(config), board_(std::move(board)), link_(std::move(mine)) {
  set_default_handler(caf::drop); // strangers may send anything
  set_exit_handler([](caf::exit_msg&) {});
  set_down_handler([this](caf::down_msg& gone) {
    if (peer_ && gone.source == peer_.address())
      end("the other end is gone");
  });
}

caf::behavior link_actor::make_behavior() {
  return {
      [this](const begin_dialing& where) { dial(where); },
      [this](const begin_welcome& whom) {
        heard_ = monotonic_now();
        rise(whom.peer);
        look_at_clock();
      },
      [this](wake) {
        if (stage_ == stage::up)
          flush();
      },
      [this](tick) { look_at_clock(); },
      [this](const drop_link& order) { end(order.why); },
      [this](const refusal& said) { refused(said); },
      [this](const welcome& said) {
        auto& speaker = current_sender();
        if (stage_ != stage::greeting || !speaker || speaker->node() != greeted_)
          return;
        if (said.number != link_->peer || said.incarnation != link_->incarnation)
          return end("somebody else answered");
        heard_ = monotonic_now();
        rise(speaker);
      },
      [this](parcel& all) {
        if (heard_in_time())
          take(all);
      },
      [this](taken said) {
        if (heard_in_time())
          acknowledged(said.through);
      },
      [this](beat) { heard_in_time(); },
  };
}

void link_actor::on_exit() {
  if (!board_)
    return;
  board_->fall(link_);
  board_.reset();
  link_.reset(); // which holds this actor
  peer_ = nullptr;
}

void link_actor::dial(const begin_dialing& where) {
  if (stage_ != stage::idle)
    return;
  stage_ = stage::dialing;
  deadline_ = monotonic_now() + 2 * board_->limits.connect_timeout;
  look_at_clock();
  // Not through middleman::remote_actor, which waits for ever.
  request(board_->transport(), caf::duration{board_->limits.connect_timeout}, caf::connect_atom::value, where.host,
          where.port)
      .then([this](const caf::node_id&, const caf::strong_actor_ptr& reception,
                   const std::set<std::string>&) { greet(reception); },
            [this](caf::error&) { end("could not connect"); });
}

void link_actor::greet(const caf::strong_actor_ptr& reception) {
  if (stage_ != stage::dialing)
    return;
  if (!reception)
    return end("nobody receives there");
  stage_ = stage::greeting;
  greeted_ = reception->node();
  const auto& self_there = board_->self;
  send(caf::actor_cast<caf::actor>(reception), hello{protocol_version, self_there.cluster, self_there.number,
                                                     self_there.incarnation, link_->peer, link_->incarnation});
}

void link_actor::refused(const refusal& said) {
  auto& speaker = current_sender();
  if (stage_ != stage::greeting || !speaker || speaker->node() != greeted_)
    return;
  board_->log_refusal("a node refuses this one", link_->peer, link_->incarnation, said.reason);
  end("refused");
}

void link_actor::rise(const caf::strong_actor_ptr& peer) {
  stage_ = stage::up;
  peer_ = caf::actor_cast<caf::actor>(peer);
  monitor(peer_);
  if (greeted_ == caf::none) // it said hello
    send(peer_, welcome{board_->self.number, board_->self.incarnation});
  if (!board_->rise(link_))
    return end("closing");
  flush();
}

bool link_actor::is_silent(steady_time at) const { return at - heard_ > board_->limits.timeout; }

bool link_actor::heard_in_time() {
  auto& speaker = current_sender();
  if (stage_ != stage::up || !speaker || speaker->id() != peer_.id() || speaker->node() != peer_.node())
    return false;
  const auto at = monotonic_now();
  if (is_silent(at)) {
    end("silent for too long");
    return false;
  }
  heard_ = at;
  return true;
}

void link_actor::take(parcel& all) {
  if (all.sequence != received_ + 1)
    return end("a parcel was lost");
  received_ = all.sequence;
  const auto& events = board_->events;
  for (const auto& each : all.replies)
    events.answer(each.whom, each.what);
  for (auto& each : all.letters) {
    each.from.node = link_->peer;
    events.letter(std::move(each));
  }
  for (const auto& each : all.told)
    events.told(link_->peer, each);
  acknowledged(all.through);
  if (stage_ == stage::up && received_ - acknowledged_ > unacknowledged_max)
    acknowledge();
}

void link_actor::acknowledge() {
  acknowledged_ = received_;
  send(peer_, taken{received_});
}

void link_actor::acknowledged(std::uint64_t through) {
  if (through > sent_)
    return end("it acknowledges what was never sent");
  while (!under_way_.empty() && sent_ - under_way_.size() < through)
    under_way_.pop_front();
  flush();
}

void link_actor::flush() {
  const auto at = monotonic_now();
  if (is_silent(at)) // this process was frozen: what waits is old
    return end("silent for too long");
  while (under_way_.size() < board_->limits.window) {
    parcel next;
    if (!link_->out.take(board_->limits.parcel_max, next))
      return;
    next.sequence = ++sent_;
    next.through = acknowledged_ = received_;
    under_way_.push_back(at);
    send(peer_, std::move(next));
  }
}

void link_actor::look_at_clock() {
  if (!board_ || stage_ == stage::idle)
    return;
  const auto at = monotonic_now();
  if (stage_ != stage::up) {
    if (at > deadline_)
      return end(stage_ == stage::dialing ? "could not connect in time" : "no answer to hello");
  } else {
    if (is_silent(at))
      return end("silent for too long");
    if (!under_way_.empty() && at - under_way_.front() > parcel_timeouts * board_->limits.timeout)
      return end("a parcel was not acknowledged");
    if (received_ > acknowledged_)
      acknowledge();
    else
      send(peer_, beat{});
  }
  delayed_send(this, board_->limits.beat, tick{});
}

void link_actor::end(const std::string& why) {
  if (stage_ == stage::up)
    spdlog::info(config::log_line{"link ended"}.with("peer", link_->peer).with("reason", why).text());
  stage_ = stage::idle;
  quit();
}

} // namespace frontrow::cluster
