#include "http/actor_metrics.hpp"

#include "persistence/described.hpp"

#include <algorithm>
#include <memory>

namespace frontrow::http {

namespace {

/// A counter that follows a figure counted elsewhere.
class followed {
public:
  followed(prometheus::Counter& counter) : counter_(&counter) {} // NOLINT(google-explicit-constructor)
  void follow(std::int64_t figure) {
    if (figure > seen_)
      counter_->Increment(static_cast<double>(figure - seen_));
    seen_ = figure;
  }

private:
  prometheus::Counter* counter_;
  std::int64_t seen_ = 0;
};

/// The same for a histogram.
class followed_times {
public:
  explicit followed_times(metrics& figures)
      : histogram_(figures.histogram("frontrow_command_seconds",
                                     "From a command's arrival at its actor to its durable answer, sampled", bounds())) {}
  void follow(const actors::answer_times& times) {
    const auto counted = times.counted();
    std::vector<double> more;
    for (std::size_t at = 0; at < counted.size(); ++at)
      more.push_back(static_cast<double>(counted.at(at) - seen_.at(at)));
    const auto sum_us = times.sum_us();
    histogram_.ObserveMultiple(more, static_cast<double>(sum_us - seen_sum_us_) / 1e6);
    seen_ = counted;
    seen_sum_us_ = sum_us;
  }

private:
  static std::vector<double> bounds() {
    std::vector<double> seconds;
    for (const auto bound : actors::answer_times::bounds_us)
      seconds.push_back(static_cast<double>(bound) / 1e6);
    return seconds;
  }

  prometheus::Histogram& histogram_;
  actors::answer_times::counts seen_{};
  std::int64_t seen_sum_us_ = 0;
};

struct actor_figures {
  explicit actor_figures(metrics& figures)
      : holds(figures.counter("frontrow_holds_total", "Reservations made")),
        sales(figures.counter("frontrow_sales_total", "Reservations sold")),
        admissions(figures.counter("frontrow_admissions_total", "People let in")),
        joins(figures.counter("frontrow_joins_total", "Places taken in queues")),
        charges(figures.counter("frontrow_charges_total", "Charges made")),
        pending(figures.gauge("frontrow_journal_pending_events", "Events not yet durable")),
        available(figures.gauge("frontrow_journal_available", "1 while every database takes appends")),
        shards(figures.gauge("frontrow_shards_owned", "Shards that this node serves")),
        lease(figures.gauge("frontrow_lease_trusted", "1 while this node's lease is good")),
        waiting(figures.gauge("frontrow_requests_under_way", "Asked of actors and not yet answered")),
        held(figures.gauge("frontrow_requests_held", "Of those, held back because nobody serves their shard now")),
        times(figures) {}

  followed holds, sales, admissions, joins, charges;
  std::vector<std::pair<domain::refusal, followed>> refusals;
  std::vector<std::pair<domain::entity_kind, prometheus::Gauge*>> live;
  prometheus::Gauge& pending;
  prometheus::Gauge& available;
  prometheus::Gauge& shards;
  prometheus::Gauge& lease;
  prometheus::Gauge& waiting;
  prometheus::Gauge& held;
  followed_times times;
};

} // namespace

void add_actor_metrics(metrics& figures, actors::node& node) {
  auto all = std::make_shared<actor_figures>(figures);
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::refusal>>([&](auto entry) {
    all->refusals.emplace_back(
        entry.value,
        figures.counter("frontrow_refusals_total", "Commands refused, by reason", {{"reason", entry.name}}));
  });
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::entity_kind>>([&](auto entry) {
    all->live.emplace_back(entry.value, &figures.gauge("frontrow_actors_live", "Actors in memory, by kind",
                                                       {{"kind", entry.name}}));
  });
  figures.before_reading([all, &figures, &node] {
    const auto& counted = node.counters();
    all->holds.follow(counted.holds());
    all->sales.follow(counted.sales());
    all->admissions.follow(counted.admissions());
    all->joins.follow(counted.joins());
    all->charges.follow(counted.charges());
    all->times.follow(counted.answer_times());
    for (auto& [reason, counter] : all->refusals)
      counter.follow(counted.refusals(reason));
    for (auto& [kind, gauge] : all->live)
      gauge->Set(static_cast<double>(counted.live(kind)));
    for (const auto& [concert, queue] : counted.queues()) {
      const metrics::labels of{{"concert", std::to_string(concert)}};
      figures.gauge("frontrow_queue_waiting", "People waiting", of).Set(static_cast<double>(queue.waiting));
      figures.gauge("frontrow_queue_active", "People shopping", of).Set(static_cast<double>(queue.active));
    }
    all->pending.Set(static_cast<double>(node.writer().pending()));
    all->available.Set(node.writer().available() ? 1 : 0);
    const auto places = node.places();
    all->shards.Set(static_cast<double>(std::count_if(
        places.begin(), places.end(), [&](const auto& each) { return each.owner != 0 && each.owner == node.number(); })));
    all->lease.Set(node.trusted() ? 1 : 0);
    all->waiting.Set(static_cast<double>(node.requests().waiting()));
    all->held.Set(static_cast<double>(node.requests().held()));
  });
}

} // namespace frontrow::http
