#include "http/actor_metrics.hpp"
#include "http/admin_routes.hpp"
#include "http/object_text.hpp"

#include <algorithm>

namespace frontrow::http {

namespace {

struct readiness {
  std::string checks; // JSON objects
  unsigned status = 200;

  void add(std::string_view name, bool passed, std::string_view detail) {
    object_text check;
    check.add("name", name).add("status", passed ? "UP" : "DOWN").add("detail", detail);
    if (!checks.empty())
      checks += ',';
    checks += std::move(check).text();
    if (!passed)
      status = 503;
  }
};

response read_health(admin_front&, admin_request&) {
  object_text body;
  body.add("status", "UP");
  return json_text(200, std::move(body).text());
}

response read_readiness(admin_front& in, admin_request&) {
  readiness ready;
  const auto journal = in.node.writer().available();
  ready.add("journal", journal, journal ? "every database takes appends" : "a database takes no appends now");
  const auto lease = in.cluster.lease();
  const auto renewed = in.node.trusted() && lease == actors::lease_state::held;
  ready.add("lease", renewed,
            lease == actors::lease_state::lost ? "it was lost, this node is over"
            : renewed                          ? "renewed"
                                               : "it could not be renewed lately");
  const auto view = view_of(in);
  const auto owned = std::count_if(view->shards.begin(), view->shards.end(),
                                   [&](const auto& each) { return view->find(each.owner) != nullptr; });
  ready.add("shards", owned == in.node.shard_count(),
            std::to_string(owned) + " of " + std::to_string(in.node.shard_count()) + " have an owner");
  const auto loaded = in.catalog.loaded();
  ready.add("catalog", loaded, loaded ? "in memory" : "not read yet");
  object_text body;
  body.add("status", ready.status == 200 ? "UP" : "DOWN").add_json("checks", "[" + ready.checks + "]");
  return json_text(ready.status, std::move(body).text());
}

response read_metrics(admin_front& in, admin_request&) {
  auto answer = json_text(200, in.figures.text());
  answer.content_type = metrics::content_type;
  return answer;
}

} // namespace

void add_health_routes(admin_router& routes, admin_front& in) {
  add_actor_metrics(in.figures, in.node);
  routes.add(method::get, "/healthz", "getHealth", access::open, operated_by(in, read_health));
  routes.add(method::get, "/readyz", "getReadiness", access::open, operated_by(in, read_readiness));
  routes.add(method::get, "/metrics", "getMetrics", access::login, operated_by(in, read_metrics));
}

void add_admin_routes(admin_router& routes, admin_front& in) {
  add_health_routes(routes, in);
  add_concert_routes(routes, in);
  add_cluster_routes(routes, in);
  add_inspection_routes(routes, in);
  add_audit_routes(routes, in);
  add_overview_routes(routes, in);
}

} // namespace frontrow::http
