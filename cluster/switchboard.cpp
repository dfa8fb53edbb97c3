#include "cluster/switchboard.hpp"

#include <algorithm>
#include <set>

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <spdlog/spdlog.h>

#include "cluster/certificates.hpp"
#include "cluster/dialer.hpp"
#include "cluster/link_actor.hpp"
#include "cluster/reception.hpp"
#include "cluster/wire.hpp"
#include "config/log_line.hpp"

namespace frontrow::cluster {

namespace {

steady_time now() { return std::chrono::steady_clock::now(); }

// Listening is a matter of this process alone.
constexpr std::chrono::seconds publish_patience{5};
// For link actors to end: they wait for nobody, but their threads may be busy.
constexpr std::chrono::seconds close_patience{5};
// The same refusal of the same peer is logged once in this time.
constexpr std::chrono::minutes refusal_pause{1};
// Strangers may give any number.
constexpr std::size_t refusals_max = 1'000;

void fill_gaps(link_events& events) {
  auto fill = []<class... Ts>(std::function<void(Ts...)>& event) {
    if (!event)
      event = [](Ts...) {};
  };
  fill(events.letter);
  fill(events.answer);
  fill(events.told);
  fill(events.up);
  fill(events.down);
}

link_events without_gaps(link_events events) {
  fill_gaps(events);
  return events;
}

} // namespace

switchboard::switchboard(caf::actor_system& system, link_identity who, link_limits bounds, link_security how,
                         link_events what)
    : self(std::move(who)), limits(bounds), security(how), events(without_gaps(std::move(what))), system_(system) {}

switchboard::~switchboard() = default;

caf::io::middleman_actor switchboard::transport() const {
  return security == link_security::tls ? system_.openssl_manager().actor_handle()
                                        : system_.middleman().actor_handle();
}

std::optional<std::uint16_t> switchboard::open(const std::string& address, std::uint16_t port) {
  std::optional<std::string> problem;
  if (!system_.has_middleman() || (security == link_security::tls && !system_.has_openssl_manager()))
    problem = "the transport was not loaded";
  else if (security == link_security::tls)
    problem = certificate_problem(system_.config());
  if (problem) {
    spdlog::error(config::log_line{"no links"}.with("reason", *problem).text());
    return std::nullopt;
  }
  reception_ = system_.spawn<reception, caf::hidden>(shared_from_this());
  if (auto got = publish(address, port)) {
    port_ = *got;
    auto fresh = std::make_unique<dialer>(*this);
    std::lock_guard lock{mutex_};
    dialer_ = std::move(fresh);
    return got;
  }
  caf::anon_send(std::exchange(reception_, nullptr), end_reception{});
  return std::nullopt;
}

std::optional<std::uint16_t> switchboard::publish(const std::string& address, std::uint16_t port) {
  std::optional<std::uint16_t> got;
  caf::scoped_actor waiting{system_};
  waiting
      ->request(transport(), caf::duration{publish_patience}, caf::publish_atom::value, port,
                caf::actor_cast<caf::strong_actor_ptr>(reception_), std::set<std::string>{}, address, true)
      .receive([&](std::uint16_t actual) { got = actual; },
               [&](const caf::error& error) {
                 spdlog::error(config::log_line{"links cannot listen"}
                                   .with("address", address)
                                   .with("port", port)
                                   .with("reason", system_.render(error))
                                   .text());
               });
  return got;
}

void switchboard::close() {
  std::unique_lock lock{mutex_};
  if (std::exchange(closed_, true))
    return;
  for (const auto& [number, each] : places_)
    caf::anon_send(each.holder->actor, drop_link{"closing"});
  lock.unlock();
  dialer_.reset();
  lock.lock();
  if (!fallen_.wait_for(lock, close_patience, [this] { return places_.empty(); }))
    spdlog::error(config::log_line{"links that do not end"}.with("count", places_.size()).text());
  lock.unlock();
  if (!reception_)
    return;
  caf::anon_send(transport(), caf::unpublish_atom::value, reception_.address(), port_);
  caf::anon_send(std::exchange(reception_, nullptr), end_reception{});
}

void switchboard::members(const std::vector<member>& current) {
  std::lock_guard lock{mutex_};
  members_.clear();
  for (const auto& each : current)
    members_.emplace(each.number, each);
  for (const auto& [number, each] : places_) {
    auto still = members_.find(number);
    if (still == members_.end() || still->second.incarnation != each.holder->incarnation)
      caf::anon_send(each.holder->actor, drop_link{"no member any more"});
  }
  if (dialer_ && !closed_)
    dialer_->wake();
}

bool switchboard::knows(node_number number, const std::string& incarnation) const {
  std::shared_lock lock{mutex_};
  auto found = members_.find(number);
  return found != members_.end() && found->second.incarnation == incarnation;
}

std::vector<member> switchboard::to_dial() const {
  std::shared_lock lock{mutex_};
  std::vector<member> mine;
  for (const auto& [number, each] : members_)
    if (number < self.number && !places_.contains(number))
      mine.push_back(each);
  return mine;
}

std::shared_ptr<link> switchboard::up_to(node_number peer) const {
  std::shared_lock lock{mutex_};
  auto found = places_.find(peer);
  return found == places_.end() || !found->second.up ? nullptr : found->second.holder;
}

std::shared_ptr<link> switchboard::link_to(node_number peer) const {
  std::shared_lock lock{mutex_};
  auto found = places_.find(peer);
  return found == places_.end() ? nullptr : found->second.holder;
}

std::vector<std::shared_ptr<link>> switchboard::all_up() const {
  std::shared_lock lock{mutex_};
  std::vector<std::shared_ptr<link>> all;
  for (const auto& [number, each] : places_)
    if (each.up)
      all.push_back(each.holder);
  return all;
}

std::shared_ptr<link> switchboard::begin(node_number peer, const std::string& incarnation) {
  auto fresh = std::make_shared<link>(peer, incarnation, limits.queue_max);
  std::lock_guard lock{mutex_};
  if (closed_ || places_.contains(peer))
    return nullptr;
  caf::actor_config on_the_middleman{&system_.middleman().backend()};
  fresh->actor = system_.spawn_class<link_actor, caf::hidden>(on_the_middleman, shared_from_this(), fresh);
  places_.emplace(peer, place{fresh});
  return fresh;
}

bool switchboard::rise(const std::shared_ptr<link>& one) {
  {
    std::lock_guard lock{mutex_};
    auto found = places_.find(one->peer);
    if (closed_ || found == places_.end() || found->second.holder != one)
      return false;
    found->second.up = true;
  }
  spdlog::info(config::log_line{"link up"}.with("peer", one->peer).text());
  events.up(one->peer);
  return true;
}

void switchboard::fall(const std::shared_ptr<link>& one) {
  one->out.close();
  std::unique_lock lock{mutex_};
  auto found = places_.find(one->peer);
  if (found == places_.end() || found->second.holder != one)
    return;
  const bool was_up = std::exchange(found->second.up, false);
  lock.unlock();
  if (was_up)
    events.down(one->peer);
  lock.lock(); // only now may there be another
  places_.erase(one->peer);
  if (closed_) {
    fallen_.notify_all();
    return;
  }
  if (dialer_)
    dialer_->wake();
  if (reception_)
    caf::anon_send(reception_, place_free{one->peer});
}

void switchboard::log_refusal(std::string_view what, node_number peer, const std::string& name,
                              const std::string& reason) {
  auto level = spdlog::level::warn;
  {
    std::lock_guard lock{mutex_};
    if (refusals_.size() >= refusals_max)
      refusals_.clear();
    auto& last = refusals_[peer];
    if (last.first == reason && now() - last.second < refusal_pause)
      return;
    // A node that has just joined dials before the others have looked.
    if (reason == not_a_member_yet && last.first != reason)
      level = spdlog::level::info;
    last = {reason, now()};
  }
  spdlog::log(level, config::log_line{what}.with("peer", peer).with("incarnation", name).with("reason", reason).text());
}

} // namespace frontrow::cluster
