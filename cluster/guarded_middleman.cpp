#include "cluster/guarded_middleman.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>

namespace frontrow::cluster {

namespace {

namespace basp = caf::io::basp;

class guarded_broker : public caf::io::basp_broker {
public:
  using basp_broker::basp_broker;

  caf::behavior make_behavior() override {
    usual_ = basp_broker::make_behavior();
    caf::message_handler guarded{[this](const caf::io::new_data_msg& arrived) {
      usual_(current_mailbox_element()->content());
      if (promises_too_much(arrived.handle)) {
        // Before room is made, which is when this message has been dealt with.
        configure_read(arrived.handle, caf::io::receive_policy::exactly(basp::header_size));
        connection_cleanup(arrived.handle, caf::sec::malformed_basp_message);
        close(arrived.handle);
      }
    }};
    return guarded.or_else(usual_);
  }

private:
  bool promises_too_much(caf::io::connection_handle from) {
    const auto found = ctx.find(from);
    return found != ctx.end() && found->second.cstate == basp::await_payload &&
           found->second.hdr.payload_len > guarded_middleman::strangers_payload_max &&
           instance.tbl().lookup_direct(from) == caf::none;
  }

  caf::behavior usual_;
};

} // namespace

guarded_middleman::guarded_middleman(caf::actor_system& system) : middleman(system), backend_(&system) {}

void guarded_middleman::start() {
  // CAF takes the broker of this name, and makes its own only where there is none.
  named_broker<guarded_broker>(caf::atom("BASP"));
  middleman::start();
}

caf::actor_system::module* guarded_middleman::make(caf::actor_system& system, caf::detail::type_list<>) {
  return new guarded_middleman(system);
}

} // namespace frontrow::cluster
