#include "cluster/links.hpp"

#include <typeinfo>
#include <utility>

#include <caf/all.hpp>
#include <caf/openssl/manager.hpp>

#include "cluster/departure.hpp"
#include "cluster/guarded_middleman.hpp"
#include "cluster/link_messages.hpp"
#include "cluster/switchboard.hpp"
#include "cluster/wire.hpp"

namespace frontrow::cluster {

namespace {

bool wake_if_first(const link& one, outbox::outcome outcome) {
  if (outcome == outbox::outcome::first) {
    if (auto* together = departure::of_this_thread())
      together->wake_at_end(one.actor);
    else
      caf::anon_send(one.actor, wake{});
  }
  return outcome == outbox::outcome::first || outcome == outbox::outcome::waits;
}

/// For what must not be refused: rather no link than one that loses things.
template <class Item>
bool put_or_drop(link& one, Item&& item) {
  const auto outcome = one.out.put(std::forward<Item>(item));
  if (outcome == outbox::outcome::full) {
    one.out.close();
    caf::anon_send(one.actor, drop_link{"too much waits for it"});
  }
  return wake_if_first(one, outcome);
}

template <class... Types>
void register_all(caf::actor_system_config& config) {
  // The compiler's name of a type is the same on every node that runs this program.
  (config.add_message_type<Types>(typeid(Types).name()), ...);
}

} // namespace

links::links(caf::actor_system& system, link_identity self, link_limits limits, link_security security,
             link_events events)
    : board_(std::make_shared<switchboard>(system, std::move(self), limits, security, std::move(events))) {}

links::~links() { close(); }

std::optional<std::uint16_t> links::open(const std::string& address, std::uint16_t port) {
  return board_->open(address, port);
}

void links::members(const std::vector<member>& now) { board_->members(now); }

bool links::send(node_number to, envelope letter) {
  auto one = board_->up_to(to);
  return one && wake_if_first(*one, one->out.put(std::move(letter)));
}

bool links::answer(node_number to, const return_address& whom, caf::message what) {
  auto one = board_->up_to(to);
  return one && put_or_drop(*one, reply{whom, std::move(what)});
}

void links::tell(node_number to, const news& what) {
  if (auto one = board_->up_to(to))
    put_or_drop(*one, what);
}

void links::tell_all(const news& what) {
  for (const auto& each : board_->all_up())
    put_or_drop(*each, what);
}

bool links::is_up(node_number peer) const { return board_->up_to(peer) != nullptr; }

void links::close() { board_->close(); }

void load_transport(caf::actor_system_config& config, link_security security) {
  config.load<guarded_middleman>();
  // What comes in is read where the links' actors run. CAF's default hands it to another thread, and then back.
  config.set("middleman.workers", std::uint64_t{0});
  if (security == link_security::tls)
    config.load<caf::openssl::manager>();
}

void register_link_messages(caf::actor_system_config& config) {
  register_all<moved, hello, refusal, welcome, parcel, taken, beat>(config);
}

} // namespace frontrow::cluster
