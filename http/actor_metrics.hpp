#pragma once

#include "actors/node.hpp"
#include "http/metrics.hpp"

namespace frontrow::http {

/// The figures of the actors and the journal's door, read whenever metrics are: holds, sales, admissions,
/// joins, charges, refusals by reason, queues by concert, live actors by kind, events pending. `node`
/// outlives `figures`.
void add_actor_metrics(metrics& figures, actors::node& node);

} // namespace frontrow::http
