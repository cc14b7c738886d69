#include "CLeatKernels.h"
