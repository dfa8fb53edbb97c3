#include "http/metrics.hpp"

#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <prometheus/text_serializer.h>

namespace frontrow::http {

namespace {

/// From what memory answers to what a stuck database makes of it, in seconds.
const std::vector<double> latency_bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                         0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

/// Every status that Frontrow answers; the last place takes what is not among them.
constexpr std::array<unsigned, 24> statuses{101, 200, 201, 202, 204, 304, 400, 401, 402, 403, 404, 405, 408,
                                            409, 410, 413, 415, 422, 429, 431, 500, 501, 503, 0};

std::size_t place_of(unsigned status) {
  auto found = std::find(statuses.begin(), statuses.end() - 1, status);
  return static_cast<std::size_t>(found - statuses.begin());
}

} // namespace

metrics::metrics() : registry_(std::make_shared<prometheus::Registry>()) {}
metrics::~metrics() = default;

prometheus::Counter& metrics::counter(const std::string& name, const std::string& what, const labels& with) {
  std::lock_guard lock{mutex_};
  return prometheus::BuildCounter().Name(name).Help(what).Register(*registry_).Add(with);
}

prometheus::Gauge& metrics::gauge(const std::string& name, const std::string& what, const labels& with) {
  std::lock_guard lock{mutex_};
  return prometheus::BuildGauge().Name(name).Help(what).Register(*registry_).Add(with);
}

prometheus::Histogram& metrics::histogram(const std::string& name, const std::string& what,
                                          const std::vector<double>& bounds, const labels& with) {
  std::lock_guard lock{mutex_};
  return prometheus::BuildHistogram().Name(name).Help(what).Register(*registry_).Add(with, bounds);
}

void metrics::before_reading(std::function<void()> refresh) {
  std::lock_guard lock{mutex_};
  refreshers_.push_back(std::move(refresh));
}

std::string metrics::text() {
  std::vector<std::function<void()>> refreshers;
  {
    std::lock_guard lock{mutex_};
    refreshers = refreshers_;
  }
  // Outside the lock, for a refresher may ask for a handle; one reader at a time all the same.
  static std::mutex one_reader;
  std::lock_guard reading{one_reader};
  for (const auto& refresh : refreshers)
    refresh();
  return prometheus::TextSerializer{}.Serialize(registry_->Collect());
}

struct request_metrics::handles {
  std::string route;
  prometheus::Histogram* seconds = nullptr;
  std::array<std::atomic<prometheus::Counter*>, statuses.size()> by_status{};
};

request_metrics::request_metrics(metrics& all, std::string listener, const route_table& routes)
    : all_(all), listener_(std::move(listener)) {
  auto add = [this](const std::string& name) {
    auto& added = *routes_.emplace_back(std::make_unique<handles>());
    added.route = name;
    added.seconds = &all_.histogram("frontrow_http_request_seconds",
                                    "From the whole request being there to its answer being ready",
                                    latency_bounds, {{"listener", listener_}, {"route", name}});
  };
  for (const auto& each : routes.routes())
    add(each.name);
  add("none");
}

request_metrics::~request_metrics() = default;

void request_metrics::count(const route* matched, unsigned status, double seconds) {
  auto& mine = *routes_[matched != nullptr ? matched->index : routes_.size() - 1];
  auto& place = mine.by_status[place_of(status)];
  auto* counter = place.load(std::memory_order_acquire);
  if (counter == nullptr) {
    // Two threads may come here at once: the registry gives both the same handle.
    counter =
        &all_.counter("frontrow_http_requests_total", "Requests answered",
                      {{"listener", listener_}, {"route", mine.route}, {"status", std::to_string(status)}});
    place.store(counter, std::memory_order_release);
  }
  counter->Increment();
  mine.seconds->Observe(seconds);
}

} // namespace frontrow::http
