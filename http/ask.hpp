#pragma once

#include "actors/node.hpp"
#include "http/await_answer.hpp"
#include "persistence/journal_reader.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// How a coroutine on an I/O thread waits for actors and for the journal. No thread is held meanwhile.
namespace frontrow::http {

/// Asks one entity. The node keeps the time: at the latest after the ask timeout it says "unavailable".
template <class Machine, class Command>
awaitable<actors::outcome<actors::reply_of<Machine, Command>>> ask(actors::node& node, std::int64_t id,
                                                                         Command command, std::string trace) {
  using answer = actors::outcome<actors::reply_of<Machine, Command>>;
  auto told = co_await await_answer<answer>([&](answer_slot<answer> slot) {
    node.ask<Machine>(id, std::move(command), trace,
                      [slot = std::move(slot)](answer given) mutable { slot.give(std::move(given)); });
  });
  if (!told)
    co_return answer{actors::unavailable{}};
  co_return std::move(*told);
}

/// Asks many entities the same at once; answers in the order of `ids`.
template <class Machine, class Command>
awaitable<std::vector<actors::outcome<actors::reply_of<Machine, Command>>>>
ask_each(actors::node& node, std::vector<std::int64_t> ids, Command command, std::string trace) {
  using answer = actors::outcome<actors::reply_of<Machine, Command>>;
  using answers = std::vector<answer>;
  if (ids.empty())
    co_return answers{};
  auto told = co_await await_answer<answers>([&](answer_slot<answers> slot) {
    struct gathering {
      gathering(answer_slot<answers> to, std::size_t count)
          : slot(std::move(to)), given(count, answer{actors::unavailable{}}), missing(count) {}
      answer_slot<answers> slot;
      answers given;
      std::atomic<std::size_t> missing;
    };
    auto all = std::make_shared<gathering>(std::move(slot), ids.size());
    for (std::size_t at = 0; at < ids.size(); ++at)
      node.ask<Machine>(ids[at], command, trace, [all, at](answer given) {
        all->given[at] = std::move(given);
        if (all->missing.fetch_sub(1) == 1)
          all->slot.give(std::move(all->given));
      });
  });
  if (!told)
    co_return answers(ids.size(), answer{actors::unavailable{}});
  co_return std::move(*told);
}

template <class Value>
using journal_answer = persistence::outcome<Value, persistence::database_failure>;

/// Runs `job(journal_view&)`, which gives a journal_answer<Value>, on a reader thread. `job` is copied; it
/// must own all that it uses. It is no temporary, on purpose: GCC 12 destroys a lambda twice that is made
/// within a co_await expression (its bug 99576).
template <class Value, class Job>
awaitable<journal_answer<Value>> read_journal(persistence::journal_reader& reader, Job& job) {
  using answer = journal_answer<Value>;
  auto told = co_await await_answer<answer>([&](answer_slot<answer> slot) {
    auto shared = std::make_shared<answer_slot<answer>>(std::move(slot));
    const auto turned_away =
        reader.submit([shared, job](persistence::journal_view& view) { shared->give(job(view)); });
    if (turned_away)
      shared->give(*turned_away);
  });
  if (!told)
    co_return answer{persistence::database_failure::stopped};
  co_return std::move(*told);
}

} // namespace frontrow::http
