#include "actors/gateway.hpp"

#include "actors/letter_round.hpp"

#include <functional>
#include <thread>
#include <utility>

namespace frontrow::actors {

namespace {
cluster::steady_time now() { return std::chrono::steady_clock::now(); }

void complete_all(cluster::router::finished_list over) {
  for (auto& each : over)
    each.complete();
}
} // namespace

gateway::gateway(cluster::router_limits limits, cluster::carrier& way) : stripes_(stripes) {
  for (std::size_t index = 0; index < stripes; ++index)
    stripes_[index].requests =
        std::make_unique<cluster::router>(limits, way, held_, static_cast<std::uint16_t>(index + 1));
}

void gateway::ask(cluster::envelope letter, std::unique_ptr<pending_answer> waiting) {
  if (auto* round = letter_round::of_this_thread())
    round->letters_.push_back({this, std::move(letter), std::move(waiting)});
  else
    send(std::move(letter), std::move(waiting));
}

void gateway::send(cluster::envelope letter, std::unique_ptr<pending_answer> waiting) {
  auto& mine = stripes_[std::hash<std::thread::id>{}(std::this_thread::get_id()) % stripes];
  std::unique_lock lock{mine.mutex};
  auto over = mine.requests->ask(std::move(letter), std::move(waiting), now());
  lock.unlock();
  complete_all(std::move(over));
}

void gateway::complete(const cluster::return_address& to, const caf::message& answer) {
  if (to.gateway == 0 || to.gateway > stripes)
    return;
  auto& mine = stripes_[to.gateway - 1u];
  std::unique_lock lock{mine.mutex};
  auto over = mine.requests->answered(to.correlation, answer, now());
  lock.unlock();
  complete_all(std::move(over));
}

template <class Step>
void gateway::with_each(Step step) {
  for (auto& each : stripes_) {
    std::unique_lock lock{each.mutex};
    auto over = step(*each.requests);
    lock.unlock();
    complete_all(std::move(over));
  }
}

void gateway::served(cluster::shard_id shard) {
  with_each([&](cluster::router& requests) { return requests.served(shard, now()); });
}

void gateway::link_lost(cluster::node_number node) {
  with_each([&](cluster::router& requests) { return requests.link_lost(node, now()); });
}

void gateway::tick(steady_time at) {
  with_each([&](cluster::router& requests) { return requests.tick(at); });
}

void gateway::close() {
  with_each([](cluster::router& requests) { return requests.give_up_all(); });
}

std::size_t gateway::waiting() const {
  std::size_t sum = 0;
  for (const auto& each : stripes_) {
    std::lock_guard lock{each.mutex};
    sum += each.requests->under_way();
  }
  return sum;
}

} // namespace frontrow::actors
