#pragma once

#include "actors/node.hpp"

#include <future>
#include <memory>
#include <string>
#include <utility>

namespace frontrow::actors {

/// Asks and blocks until the answer is there, at most for the ask timeout: for the administration's own
/// threads and for the start, never for an I/O or scheduler thread.
template <class Machine, class Command>
outcome<reply_of<Machine, Command>> ask_and_wait(node& at, std::int64_t id, Command command,
                                                 const std::string& trace) {
  using answer = outcome<reply_of<Machine, Command>>;
  auto told = std::make_shared<std::promise<answer>>();
  auto coming = told->get_future();
  at.ask<Machine>(id, std::move(command), trace, [told](answer given) { told->set_value(std::move(given)); });
  return coming.get();
}

/// The same for what every actor understands.
template <class Reply, class Question>
outcome<Reply> ask_actor_and_wait(node& at, domain::entity_ref entity, Question question) {
  auto told = std::make_shared<std::promise<outcome<Reply>>>();
  auto coming = told->get_future();
  at.ask_actor<Reply>(entity, std::move(question),
                      [told](outcome<Reply> given) { told->set_value(std::move(given)); });
  return coming.get();
}

} // namespace frontrow::actors
