// SPDX-License-Identifier: GPL-2.0-only
/* Knocks at the host's side of a vsock, past every network. */
#include <linux/vm_sockets.h>
#include "../host.h"

int main(void)
{
	struct sockaddr_vm host = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_HOST,
		.svm_port = 22,
	};
	int sock = socket(AF_VSOCK, SOCK_STREAM, 0);

	puts("TAP version 13\n1..1");
	result(1, sock < 0 || connect(sock, (struct sockaddr *)&host, sizeof(host)),
	       "host_is_not_reached_by_vsock");
	return 0;
}
