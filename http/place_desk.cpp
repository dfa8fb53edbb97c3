#include "http/place_desk.hpp"

#include "actors/letter_round.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace frontrow::http {

namespace {

place_desk::answer nth_answer(const domain::places_read& told, std::size_t nth) {
  if (nth >= told.places.size())
    return actors::unavailable{};
  if (told.places[nth].place == 0)
    return domain::refused{domain::refusal::queue_token_invalid, {}};
  return told.places[nth];
}

place_desk::answer nth_answer(const domain::joined_together& told, std::size_t nth) {
  if (nth >= told.answers.size())
    return actors::unavailable{};
  return std::visit([](const auto& each) -> place_desk::answer { return each; }, told.answers[nth]);
}

/// Gives each of `waiting` its own part of what was told.
template <class Asker>
auto to_each(std::vector<Asker> waiting) {
  // Shared, as a std::function must be copyable.
  return [all = std::make_shared<std::vector<Asker>>(std::move(waiting))](const auto& told) {
    for (std::size_t nth = 0; nth < all->size(); ++nth) {
      const auto give = [&]<class Told>(const Told& one) -> place_desk::answer {
        if constexpr (requires { nth_answer(one, nth); })
          return nth_answer(one, nth);
        else
          return one;
      };
      (*all)[nth].slot.give(std::visit(give, told));
    }
  };
}

void count_refusals(actors::counters& in, const domain::places_read& told) {
  for (const auto& place : told.places)
    if (place.place == 0)
      in.refused(domain::refusal::queue_token_invalid);
}

void count_refusals(actors::counters& in, const domain::joined_together& told) {
  for (const auto& each : told.answers)
    if (const auto* why = std::get_if<domain::refused>(&each))
      in.refused(why->reason);
}

/// Nobody is refused alone by the queue itself, so nobody is counted there.
template <class Told>
auto counting(actors::node& node, std::function<void(actors::outcome<Told>)> then) {
  return [&node, then = std::move(then)](actors::outcome<Told> told) {
    if (const auto* all = std::get_if<Told>(&told))
      count_refusals(node.counters(), *all);
    then(std::move(told));
  };
}

place_desk::ways ways_of(actors::node& node) {
  return {
      .glance = [&node](domain::concert_id concert,
                        const domain::read_place& question) { return node.glance_at(concert, question); },
      .read =
          [&node](domain::concert_id concert, domain::read_places questions, auto then) {
            node.ask<domain::queue>(concert, std::move(questions), {},
                                    counting<domain::places_read>(node, std::move(then)));
          },
      .join =
          [&node](domain::concert_id concert, domain::join_together all, const std::string& traces,
                  auto then) {
            node.ask<domain::queue>(concert, std::move(all), traces,
                                    counting<domain::joined_together>(node, std::move(then)));
          },
  };
}

} // namespace

place_desk::place_desk(actors::node& node) : place_desk(ways_of(node)) {}

std::vector<place_desk::visit>& place_desk::gathered() {
  thread_local std::vector<visit> of_this_round;
  return of_this_round;
}

template <class Add>
void place_desk::in_this_round(domain::concert_id concert, Add add) const {
  auto* round = actors::letter_round::of_this_thread();
  if (round == nullptr) {
    visit alone{this, concert};
    add(alone);
    return send(std::move(alone));
  }
  auto& visits = gathered();
  if (visits.empty())
    round->before_sending([] {
      for (auto& each : std::exchange(gathered(), {}))
        each.desk->send(std::move(each));
    });
  auto found = std::find_if(visits.begin(), visits.end(),
                            [&](const visit& each) { return each.desk == this && each.concert == concert; });
  if (found == visits.end())
    found = visits.insert(visits.end(), visit{this, concert});
  add(*found);
}

void place_desk::send(visit all) const {
  if (!all.joiners.empty())
    send(all.concert, std::move(all.joiners));
  if (!all.readers.empty())
    send(all.concert, std::move(all.readers));
}

void place_desk::send(domain::concert_id concert, std::vector<reader> who) const {
  domain::read_places questions;
  questions.places.reserve(who.size());
  for (const auto& each : who)
    questions.places.push_back(each.question);
  to_queues_.read(concert, std::move(questions), to_each(std::move(who)));
}

void place_desk::send(domain::concert_id concert, std::vector<joiner> who) const {
  domain::join_together all;
  std::string traces;
  all.all.reserve(who.size());
  for (const auto& each : who) {
    all.all.push_back(each.command);
    traces.append(traces.empty() ? "" : " ").append(each.trace);
  }
  to_queues_.join(concert, std::move(all), traces, to_each(std::move(who)));
}

awaitable<place_desk::answer> place_desk::read(domain::concert_id concert, domain::read_place question) {
  if (auto told = glance(concert, question))
    co_return answer{*told};
  auto told = co_await ask(concert, question);
  co_return told ? std::move(*told) : answer{actors::unavailable{}};
}

awaitable<std::optional<place_desk::answer>> place_desk::ask(domain::concert_id concert,
                                                             domain::read_place question) {
  return await_answer<answer>([this, concert, question](answer_slot<answer> slot) {
    in_this_round(concert, [&](visit& all) { all.readers.push_back({question, std::move(slot)}); });
  });
}

awaitable<std::optional<place_desk::answer>> place_desk::join(domain::concert_id concert,
                                                              domain::join_queue command,
                                                              std::string_view trace) {
  return await_answer<answer>([this, concert, command, trace](answer_slot<answer> slot) {
    in_this_round(concert, [&](visit& all) { all.joiners.push_back({command, trace, std::move(slot)}); });
  });
}

} // namespace frontrow::http
