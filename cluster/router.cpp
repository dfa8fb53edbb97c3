#include "cluster/router.hpp"

namespace frontrow::cluster {

namespace {
/// A letter's correlation: the number of its request, then which of its sendings it is. Only the answer to the last one
/// counts: a refusal leaves no trace, so what an earlier sending was refused, a later one may have done.
constexpr unsigned sending_bits = 16; // one every few milliseconds for as long as anybody waits

std::uint64_t first_sending(std::uint64_t request) { return request << sending_bits; }
std::uint64_t request_of(std::uint64_t correlation) { return correlation >> sending_bits; }
std::uint64_t next_sending(std::uint64_t correlation) {
  constexpr auto mask = (std::uint64_t{1} << sending_bits) - 1;
  return (correlation & ~mask) | ((correlation + 1) & mask);
}
} // namespace

router::finished_list router::ask(envelope letter, std::unique_ptr<pending_answer> waiting, steady_time now) {
  finished_list over;
  if (entries_.size() >= limits_.asks_max) {
    over.push_back({std::move(waiting), {}});
    return over;
  }
  const auto correlation = next_++;
  letter.from = {0, number_, first_sending(correlation)};
  auto [at, fresh] = entries_.emplace(correlation, entry{std::move(letter), std::move(waiting), now + limits_.ask_timeout});
  send(correlation, at->second, now, over);
  return over;
}

router::finished_list router::answered(std::uint64_t correlation, const caf::message& answer, steady_time now) {
  finished_list over;
  const auto found = entries_.find(request_of(correlation));
  if (found == entries_.end() || found->second.letter.from.correlation != correlation)
    return over;
  if (answer.match_elements<moved>()) {
    if (found->second.sent_to != 0)
      hold(found->first, found->second, now, over);
  } else {
    finish(found, answer, over);
  }
  return over;
}

router::finished_list router::served(shard_id shard, steady_time now) {
  finished_list over;
  send_held(shard, now, over);
  return over;
}

router::finished_list router::link_lost(node_number node, steady_time now) {
  finished_list over;
  std::vector<std::uint64_t> again;
  for (const auto& [correlation, each] : entries_)
    if (each.sent_to == node)
      again.push_back(correlation);
  for (const auto correlation : again)
    if (const auto found = entries_.find(correlation); found != entries_.end())
      send(correlation, found->second, now, over);
  return over;
}

router::finished_list router::tick(steady_time now) {
  finished_list over;
  std::vector<std::uint64_t> late;
  for (const auto& [correlation, each] : entries_)
    if (each.deadline <= now || (each.sent_to == 0 && now - each.held_since >= limits_.held_time_max))
      late.push_back(correlation);
  for (const auto correlation : late)
    finish(entries_.find(correlation), {}, over);
  if (now - retried_ < limits_.retry)
    return over;
  retried_ = now;
  std::set<shard_id> shards;
  for (const auto& [shard, correlation] : held_back_)
    shards.insert(shard);
  for (const auto shard : shards)
    send_held(shard, now, over);
  return over;
}

router::finished_list router::give_up_all() {
  finished_list over;
  while (!entries_.empty())
    finish(entries_.begin(), {}, over);
  return over;
}

void router::send(std::uint64_t correlation, entry& which, steady_time now, finished_list& over) {
  // A process that was frozen wakes to news before it wakes to the time. Whoever asked may have asked elsewhere since, and
  // have been refused: what is sent now could still be done.
  if (which.deadline <= now)
    return finish(entries_.find(correlation), {}, over);
  node_number to = 0;
  which.letter.from.correlation = next_sending(which.letter.from.correlation);
  switch (way_.carry(which.letter, to)) {
  case sending::sent:
    let_go(correlation, which);
    which.sent_to = to;
    return;
  case sending::held:
    return hold(correlation, which, now, over);
  case sending::unavailable:
    return finish(entries_.find(correlation), {}, over);
  }
}

void router::hold(std::uint64_t correlation, entry& which, steady_time now, finished_list& over) {
  which.sent_to = 0;
  if (!held_back_.emplace(which.letter.shard, correlation).second)
    return; // held back already
  which.held_since = now;
  which.held_bytes = way_.bytes_of(which.letter);
  const auto letters = held_.letters.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto bytes = held_.bytes.fetch_add(which.held_bytes, std::memory_order_relaxed) + which.held_bytes;
  if (letters > limits_.held_max || bytes > limits_.held_bytes_max)
    finish(entries_.find(correlation), {}, over);
}

void router::let_go(std::uint64_t correlation, entry& which) {
  if (held_back_.erase({which.letter.shard, correlation}) == 0)
    return;
  held_.letters.fetch_sub(1, std::memory_order_relaxed);
  held_.bytes.fetch_sub(which.held_bytes, std::memory_order_relaxed);
}

void router::finish(entry_map::iterator which, caf::message answer, finished_list& over) {
  let_go(which->first, which->second);
  over.push_back({std::move(which->second.waiting), std::move(answer)});
  entries_.erase(which);
}

/// In the order in which they were asked, until one cannot be sent.
void router::send_held(shard_id shard, steady_time now, finished_list& over) {
  for (auto at = held_back_.lower_bound({shard, 0}); at != held_back_.end() && at->first == shard;) {
    const auto correlation = at->second;
    const auto found = entries_.find(correlation);
    send(correlation, found->second, now, over);
    if (held_back_.contains({shard, correlation}))
      return;
    at = held_back_.lower_bound({shard, correlation});
  }
}

} // namespace frontrow::cluster
