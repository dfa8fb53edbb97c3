#pragma once

#include <string>
#include <utility>

#include "actors/messages.hpp"
#include "cluster/router.hpp"

namespace frontrow::actors {

namespace detail {
template <class Reply>
bool as_answered(const caf::message& what, domain::event_number effect, caf::message& command) {
  if (!what.match_elements<Reply>())
    return false;
  command = caf::make_message(domain::answered<Reply>{effect, what.get_as<Reply>(0)});
  return true;
}
} // namespace detail

/// An answer on its way to the entity that is owed it: it comes home as a command. Anything but an answer ("unavailable",
/// a refusal) is dropped, and what is owed is sent again. Home outlives it and has
/// `come_home(domain::entity_ref, caf::message command, const std::string& trace)`.
template <class Home>
class effect_answer final : public cluster::pending_answer {
public:
  effect_answer(Home& home, domain::entity_ref entity, domain::event_number effect, std::string trace)
      : home_(home), entity_(entity), effect_(effect), trace_(std::move(trace)) {}

  void complete(const caf::message& what) override {
    caf::message command;
    if (detail::as_answered<domain::debit_answer>(what, effect_, command) ||
        detail::as_answered<domain::refund_made>(what, effect_, command) ||
        detail::as_answered<domain::done>(what, effect_, command))
      home_.come_home(entity_, std::move(command), trace_);
  }

private:
  Home& home_;
  domain::entity_ref entity_;
  domain::event_number effect_;
  std::string trace_;
};

} // namespace frontrow::actors
