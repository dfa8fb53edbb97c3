#pragma once

#include "actors/catalog.hpp"

namespace frontrow::actors {

/// Puts a concert to try things on into an empty catalog: two dates (30 and 31 days from now), each with the
/// sections VIP, R and S, 1,000 seats. Does nothing if there is a concert already. Blocks.
catalog::answer<persistence::done> create_demo_concert(catalog& into, domain::instant now);

} // namespace frontrow::actors
