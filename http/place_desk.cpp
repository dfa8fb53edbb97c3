#include "http/place_desk.hpp"

#include "http/gathering.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace frontrow::http {

namespace {

using std::chrono::steady_clock;

struct asker {
  domain::read_place question;
  answer_slot<place_desk::answer> slot;
};
using askers = gathering<asker>::items;

place_desk::answer answer_to(const actors::outcome<domain::places_read>& told, std::size_t question) {
  if (const auto* refused = std::get_if<domain::refused>(&told))
    return *refused;
  const auto* read = std::get_if<domain::places_read>(&told);
  if (read == nullptr || question >= read->places.size())
    return actors::unavailable{};
  const auto& place = read->places[question];
  if (place.place == 0)
    return domain::refused{domain::refusal::queue_token_invalid, {}};
  return place;
}

} // namespace

/// What is asked of one queue.
struct place_desk::room {
  std::mutex mutex;
  gathering<asker> askers;
};

struct place_desk::state : std::enable_shared_from_this<state> {
  explicit state(actors::node& to) : node(to) {}

  room& room_of(domain::concert_id concert) {
    {
      std::shared_lock lock{mutex};
      if (const auto found = rooms.find(concert); found != rooms.end())
        return *found->second;
    }
    std::unique_lock lock{mutex};
    auto& made = rooms[concert];
    if (!made)
      made = std::make_unique<room>();
    return *made;
  }
  void add(domain::concert_id concert, asker who, const std::string& trace);
  void send(domain::concert_id concert, askers who, const std::string& trace);
  void answered(domain::concert_id concert, askers who, const actors::outcome<domain::places_read>& told,
                const std::string& trace);

  actors::node& node;
  std::shared_mutex mutex;
  std::unordered_map<domain::concert_id, std::unique_ptr<room>> rooms;
};

void place_desk::state::add(domain::concert_id concert, asker who, const std::string& trace) {
  auto& in = room_of(concert);
  std::unique_lock lock{in.mutex};
  auto leaving = in.askers.add(std::move(who), steady_clock::now());
  lock.unlock();
  send(concert, std::move(leaving), trace);
}

void place_desk::state::send(domain::concert_id concert, askers who, const std::string& trace) {
  if (who.empty())
    return;
  domain::read_places question;
  question.places.reserve(who.size());
  for (const auto& each : who)
    question.places.push_back(each.question);
  node.ask<domain::queue>(concert, std::move(question), trace,
                          [self = shared_from_this(), concert, who = std::move(who),
                           trace](const actors::outcome<domain::places_read>& told) mutable {
                            self->answered(concert, std::move(who), told, trace);
                          });
}

void place_desk::state::answered(domain::concert_id concert, askers who,
                                 const actors::outcome<domain::places_read>& told, const std::string& trace) {
  const auto* read = std::get_if<domain::places_read>(&told);
  askers leaving;
  {
    auto& in = room_of(concert);
    std::lock_guard lock{in.mutex};
    if (read != nullptr) {
      leaving = in.askers.answered(steady_clock::now());
    } else {
      auto behind = in.askers.failed();
      std::move(behind.begin(), behind.end(), std::back_inserter(who));
    }
  }
  send(concert, std::move(leaving), trace);
  for (std::size_t at = 0; at < who.size(); ++at)
    who[at].slot.give(answer_to(told, at));
}

place_desk::place_desk(actors::node& node) : state_(std::make_shared<state>(node)) {}

asio::awaitable<place_desk::answer> place_desk::read(domain::concert_id concert, domain::read_place question,
                                                     const std::string& trace) {
  auto told = co_await await_answer<answer>(
      [&](answer_slot<answer> slot) { state_->add(concert, {question, std::move(slot)}, trace); });
  if (!told)
    co_return answer{actors::unavailable{}};
  co_return std::move(*told);
}

} // namespace frontrow::http
