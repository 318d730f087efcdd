// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=5 */
/* Takes the network card from its driver: the same, from below. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return tell("/sys/bus/virtio/drivers/virtio_net/unbind", "virtio0");
}
