#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "domain/decision.hpp"

namespace frontrow::actors {

/// The reply type of `Command` at `Machine`: the compiler's view of who understands what.
template <class Machine, class Command>
using reply_of = typename decltype(std::declval<const Machine&>().decide(std::declval<const Command&>(),
                                                                         domain::instant{}))::reply_type;

/// Machines that owe effects have `effects()`, `settles()` and `outcome()`.
template <class Machine>
concept owes_effects = requires(const Machine& machine) { machine.effects(); };

/// Machines that have deadlines take `tick`.
template <class Machine>
concept has_deadlines =
    requires(const Machine& machine) { machine.decide(domain::tick{}, domain::instant{}); };

/// Whether a command may record events. One that may is refused while the journal cannot take it.
enum class access : std::uint8_t { read, write };

/// Effects sent again at a time, the oldest first. Whom they are for may have been away with thousands owed: all at
/// once would fill its mailbox again and again, and what it answers would come behind them.
inline constexpr std::size_t resent_effects_max = 100;
/// The rest follows in rounds of as many, so long apart: 2,000 a second, less than an actor takes.
inline constexpr domain::milliseconds resend_pause{50};

/// What the shell knows of its own doings, for operators.
struct shell_figures {
  std::uint64_t commands = 0;
  std::uint64_t refusals = 0;
  domain::instant last_command_at;
};

/// Runs one machine by DESIGN.md's seven rules, and knows nothing else: neither actors, nor journals, nor
/// clocks, nor what the machine is about. The same code runs in an actor and in the simulation.
///
/// `Port` is the world outside:
///   using caller, answer           an address to reply to; a type-erased reply
///   instant now()
///   bool takes_writes()            false: the journal is away or full; writes are refused at the door
///   answer answer_with(value)      for any reply type, and for `refused`
///   void deliver(caller, answer)
///   void unavailable(caller)       "ask again with the same key"
///   void append(first_version, events, trace)    in order; durable() or failed() comes back later
///   void perform(effect, trace)    sends an effect, at most once a call, as part of the request `trace`
///   void wake_at(optional<instant>)
///   void recorded(event)           an event was applied: for the counters
///   void refused(refusal)          likewise
///   milliseconds effect_retry()
///   milliseconds waiting_patience()  how long whoever asked waits for an answer that comes later
///
/// Not thread-safe: whoever owns it calls it one message at a time.
template <class Machine, class Port>
class shell {
public:
  using event = typename Machine::event;
  using caller = typename Port::caller;
  using answer = typename Port::answer;

  /// `machine` as replayed: everything up to its version is durable.
  shell(Machine machine, Port& port)
      : machine_(std::move(machine)), port_(port), durable_(machine_.version()) {
    if constexpr (requires { machine_.begin_life(domain::instant{}); })
      machine_.begin_life(port_.now());
    send_new_effects();
    plan_wake();
  }

  /// Rules 1 to 4: decide, apply at once, hand to the journal, reply when durable.
  template <class Command>
  void handle(access kind, const caller& from, const std::string& trace, const Command& command) {
    const auto writable = takes_writes();
    if (kind == access::write && !writable)
      return port_.unavailable(from);
    const auto now = port_.now();
    if (writable)
      do_what_is_due(now);
    ++figures_.commands;
    figures_.last_command_at = now;
    if constexpr (requires { machine_.observe(command, now); })
      machine_.observe(command, now);
    auto decided = machine_.decide(command, now);
    if (!decided.accepted()) {
      ++figures_.refusals;
      port_.refused(decided.refusal_->reason);
      reply(from, port_.answer_with(*decided.refusal_));
    } else {
      record(decided.events, trace);
      if (decided.later)
        wait_for(*decided.later, {from, command_of(command), now + port_.waiting_patience()});
      else
        reply(from, port_.answer_with(std::move(decided.reply)));
      settle(decided.events);
    }
    plan_wake();
  }

  /// Everything up to `version` is in the journal: who waited for it hears; what it owes is sent (rule 6).
  void durable(domain::event_number version) {
    assert(version <= machine_.version());
    durable_ = std::max(durable_, version);
    while (!replies_.empty() && replies_.front().version <= durable_) {
      auto ready = std::move(replies_.front());
      replies_.pop_front();
      port_.deliver(ready.to, std::move(ready.what));
    }
    send_new_effects();
    plan_wake();
  }

  /// Rule 5: the append failed or its outcome is unknown. Whoever waits is told to ask again; the owner
  /// of the shell must drop it now.
  void die() {
    for (const auto& each : replies_)
      port_.unavailable(each.to);
    for (const auto& [settled, each] : waiting_)
      port_.unavailable(each.to);
    replies_.clear();
    waiting_.clear();
    given_up_.clear();
  }

  /// The time asked for with `wake_at` has come.
  void woken() {
    if (takes_writes())
      do_what_is_due(port_.now());
    planned_.reset();
    plan_wake();
  }

  /// News that the machine notes; no part of history, and no answer depends on it.
  template <class News>
  void observe(const News& news) {
    machine_.observe(news, port_.now());
    plan_wake();
  }

  /// Answers `build(machine)` when the state it was built from is durable.
  template <class Build>
  void read(const caller& from, Build build) {
    reply(from, port_.answer_with(build(machine_)));
  }

  const Machine& machine() const { return machine_; }
  domain::event_number durable_version() const { return durable_; }
  const shell_figures& figures() const { return figures_; }
  /// How many wait for something to settle.
  std::size_t waiting() const { return waiting_.size(); }
  /// Nothing under way and nothing to wait for: it may leave memory.
  bool idle() const {
    auto quiet = durable_ == machine_.version() && replies_.empty() && waiting_.empty() &&
                 !machine_.next_deadline();
    if constexpr (owes_effects<Machine>)
      quiet = quiet && machine_.effects().empty();
    return quiet;
  }

private:
  struct pending_reply {
    domain::event_number version;
    caller to;
    answer what;
  };
  struct waiter {
    caller to;
    domain::command_id command;
    domain::instant until; // whoever asked has given up by then
  };

  template <class Command>
  static domain::command_id command_of(const Command& command) {
    if constexpr (requires { command.command; })
      return command.command;
    else
      return {};
  }

  /// Whoever could not be heard while the journal or the lease was away must not be taken for gone afterwards: as at the
  /// beginning of a life.
  bool takes_writes() {
    const auto takes = port_.takes_writes();
    if constexpr (requires { machine_.begin_life(domain::instant{}); })
      if (takes && was_cut_off_)
        machine_.begin_life(port_.now());
    was_cut_off_ = !takes;
    return takes;
  }

  void reply(const caller& to, answer what) {
    if (durable_ == machine_.version())
      port_.deliver(to, std::move(what));
    else
      replies_.push_back({machine_.version(), to, std::move(what)});
  }

  template <class Events>
  void record(const Events& events, const std::string& trace) {
    if (events.empty())
      return;
    const auto first = machine_.version() + 1;
    for (const auto& happened : events) {
      machine_.apply(happened);
      port_.recorded(happened);
    }
    assert(machine_.version() == first + static_cast<domain::event_number>(events.size()) - 1);
    remember_trace(trace);
    port_.append(first, events, trace);
  }

  /// What these events made owed belongs to the same request. Traces are lost in a crash, effects are not.
  void remember_trace(const std::string& trace) {
    if constexpr (owes_effects<Machine>) {
      const auto& owed = machine_.effects();
      const auto first_owed = owed.empty() ? machine_.version() + 1 : owed.begin()->first;
      traces_.erase(traces_.begin(), traces_.lower_bound(first_owed));
      if (!trace.empty() && !owed.empty() && owed.rbegin()->first > newest_traced_) {
        newest_traced_ = owed.rbegin()->first;
        traces_[newest_traced_] = trace;
      }
    }
  }

  const std::string& trace_of(domain::event_number effect) const {
    static const std::string none;
    const auto found = traces_.find(effect);
    return found == traces_.end() ? none : found->second;
  }

  /// A payment whose account is away settles late, and its payer asks again and again: those who have given up go.
  void wait_for(domain::event_number settled, waiter who) {
    drop_who_gave_up(port_.now());
    given_up_.emplace_back(who.until, settled);
    waiting_.emplace(settled, std::move(who));
  }

  /// Tells them nothing: nobody is there to hear it. The deadlines stand in the order of asking.
  void drop_who_gave_up(domain::instant now) {
    for (; !given_up_.empty() && given_up_.front().first <= now; given_up_.pop_front()) {
      const auto settled = given_up_.front().second;
      const auto oldest = waiting_.lower_bound(settled);
      if (oldest != waiting_.end() && oldest->first == settled && oldest->second.until <= now)
        waiting_.erase(oldest);
    }
  }

  template <class Events>
  void settle(const Events& events) {
    if constexpr (owes_effects<Machine>) {
      for (const auto& happened : events) {
        const auto settled = Machine::settles(happened);
        if (!settled)
          continue;
        auto [from, to] = waiting_.equal_range(*settled);
        for (auto it = from; it != to; ++it) {
          auto outcome = machine_.outcome(*settled, it->second.command);
          reply(it->second.to, outcome.accepted() ? port_.answer_with(std::move(outcome.reply))
                                                  : port_.answer_with(*outcome.refusal_));
        }
        waiting_.erase(from, to);
      }
    }
  }

  void do_what_is_due(domain::instant now) {
    if constexpr (has_deadlines<Machine>) {
      while (due(now)) {
        const auto before = machine_.version();
        const auto deadline = machine_.next_deadline();
        auto decided = machine_.decide(domain::tick{}, now);
        record(decided.events, {});
        settle(decided.events);
        if constexpr (requires { machine_.observe(domain::tick{}, now); })
          machine_.observe(domain::tick{}, now);
        if (machine_.version() == before && machine_.next_deadline() == deadline)
          break; // due, but nothing to be done about it now
      }
    }
  }

  bool due(domain::instant now) const {
    const auto next = machine_.next_deadline();
    return next && *next <= now;
  }

  void send_new_effects() {
    if constexpr (owes_effects<Machine>) {
      const auto& owed = machine_.effects();
      for (auto it = owed.upper_bound(sent_); it != owed.end() && it->first <= durable_; ++it) {
        sent_ = it->first;
        port_.perform(it->second, trace_of(it->first));
      }
    }
  }

  /// What was owed a whole retry interval ago and still is, is sent again, some at a time. Where one round ends the
  /// next goes on, and only at the end of all does a new interval begin: the newer ones have their turn, too.
  void resend_old_effects(domain::instant now) {
    if (now < next_resend_)
      return;
    const auto& owed = machine_.effects();
    auto it = owed.upper_bound(resent_);
    for (std::size_t n = 0; n < resent_effects_max && it != owed.end() && it->first <= resend_up_to_; ++n, ++it) {
      resent_ = it->first;
      port_.perform(it->second, trace_of(it->first));
    }
    if (it != owed.end() && it->first <= resend_up_to_) {
      next_resend_ = now + std::min(resend_pause, port_.effect_retry());
      return;
    }
    resent_ = 0;
    resend_up_to_ = sent_;
    next_resend_ = now + port_.effect_retry();
  }

  void plan_wake() {
    auto next = machine_.next_deadline();
    if constexpr (owes_effects<Machine>) {
      if (!machine_.effects().empty()) {
        resend_old_effects(port_.now());
        next = next ? std::min(*next, next_resend_) : next_resend_;
      }
    }
    if (next && !takes_writes()) // nothing can be done about it now: look again later
      next = std::max(*next, port_.now() + port_.effect_retry());
    if (next == planned_)
      return;
    planned_ = next;
    port_.wake_at(next);
  }

  Machine machine_;
  Port& port_;
  domain::event_number durable_ = 0;
  std::deque<pending_reply> replies_;
  std::multimap<domain::event_number, waiter> waiting_; // by what must settle first, then in the order of asking
  std::deque<std::pair<domain::instant, domain::event_number>> given_up_; // when someone of waiting_ will have
  std::map<domain::event_number, std::string> traces_; // of the requests that owed effects belong to
  domain::event_number newest_traced_ = 0;
  domain::event_number sent_ = 0;
  domain::event_number resend_up_to_ = 0;
  domain::event_number resent_ = 0; // in the present interval
  domain::instant next_resend_;
  std::optional<domain::instant> planned_;
  bool was_cut_off_ = false;
  shell_figures figures_;
};

} // namespace frontrow::actors
