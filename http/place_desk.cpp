#include "http/place_desk.hpp"

#include "actors/letter_round.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace frontrow::http {

namespace {

place_desk::answer answer_to(const place_desk::many_answers& told, std::size_t question) {
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

place_desk::place_desk(actors::node& node)
    : place_desk([&node](domain::concert_id concert, domain::read_places question,
                         std::function<void(many_answers)> then) {
        node.ask<domain::queue>(concert, std::move(question), {}, [&node, then = std::move(then)](many_answers told) {
          if (const auto* read = std::get_if<domain::places_read>(&told))
            for (const auto& place : read->places)
              if (place.place == 0)
                node.counters().refused(domain::refusal::queue_token_invalid);
          then(std::move(told));
        });
      }) {}

std::vector<place_desk::message>& place_desk::gathered() {
  thread_local std::vector<message> of_this_round;
  return of_this_round;
}

void place_desk::add(domain::concert_id concert, asker who) const {
  auto* round = actors::letter_round::of_this_thread();
  if (round == nullptr) {
    std::vector<asker> alone;
    alone.push_back(std::move(who));
    return send(concert, std::move(alone));
  }
  auto& messages = gathered();
  if (messages.empty())
    round->before_sending([] {
      for (auto& each : std::exchange(gathered(), {}))
        each.desk->send(each.concert, std::move(each.askers));
    });
  auto found = std::find_if(messages.begin(), messages.end(),
                            [&](const message& each) { return each.desk == this && each.concert == concert; });
  if (found == messages.end())
    found = messages.insert(messages.end(), {this, concert, {}});
  found->askers.push_back(std::move(who));
}

void place_desk::send(domain::concert_id concert, std::vector<asker> who) const {
  domain::read_places question;
  question.places.reserve(who.size());
  for (const auto& each : who)
    question.places.push_back(each.question);
  // Shared, as a std::function must be copyable.
  auto waiting = std::make_shared<std::vector<asker>>(std::move(who));
  to_queues_(concert, std::move(question), [waiting](const many_answers& told) {
    for (std::size_t at = 0; at < waiting->size(); ++at)
      (*waiting)[at].slot.give(answer_to(told, at));
  });
}

asio::awaitable<place_desk::answer> place_desk::read(domain::concert_id concert, domain::read_place question) {
  auto told = co_await await_answer<answer>(
      [&](answer_slot<answer> slot) { add(concert, {question, std::move(slot)}); });
  if (!told)
    co_return answer{actors::unavailable{}};
  co_return std::move(*told);
}

} // namespace frontrow::http
