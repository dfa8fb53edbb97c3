#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow::http {

/// All of the program's figures, by name. Whoever counts something asks for its handle once and keeps it;
/// handles live as long as the registry and are safe from any thread. The same name and labels give the
/// same handle. Names: `frontrow_<thing>_<unit>`, counters end in `_total`.
class metrics {
public:
  using labels = std::map<std::string, std::string>;

  metrics();
  ~metrics();
  prometheus::Counter& counter(const std::string& name, const std::string& what, const labels& with = {});
  prometheus::Gauge& gauge(const std::string& name, const std::string& what, const labels& with = {});
  /// `bounds`: upper bounds of the buckets, rising; +Inf is added.
  prometheus::Histogram& histogram(const std::string& name, const std::string& what,
                                   const std::vector<double>& bounds, const labels& with = {});
  /// Called at the start of every text(), one at a time: for figures that are read rather than counted.
  void before_reading(std::function<void()> refresh);
  /// Prometheus text format 0.0.4.
  std::string text();

  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

private:
  std::shared_ptr<prometheus::Registry> registry_;
  std::mutex mutex_;
  std::vector<std::function<void()>> refreshers_;
};

class route_table;
struct route;

/// frontrow_http_requests_total{listener,route,status} and frontrow_http_request_seconds{listener,route}.
/// Handles are resolved once per route and status: afterwards a request costs a few atomic additions.
class request_metrics {
public:
  /// `listener`: "public" or "admin". The table must be complete.
  request_metrics(metrics& all, std::string listener, const route_table& routes);
  ~request_metrics();
  /// `matched` null: no route was found or the request could not be read.
  void count(const route* matched, unsigned status, double seconds);

private:
  struct handles;
  metrics& all_;
  std::string listener_;
  std::vector<std::unique_ptr<handles>> routes_; ///< by index; the last one is for "none"
};

} // namespace frontrow::http
